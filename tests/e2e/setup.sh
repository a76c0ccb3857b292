#!/usr/bin/env bash
# Installs the real n8n of the end-to-end tests (2.2 GB, some minutes) from its committed lock file.
# Does nothing when the installed one was made from the same manifest and lock.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/n8n"

if [[ $(node -p 'process.versions.node.split(".")[0]') -lt 24 ]]; then
	echo "n8n 2.41 needs Node 24 or newer, and this is $(node -v). Start this with npm run test:e2e." >&2
	exit 1
fi

# npm ci begins by removing node_modules, so an install that was cut short leaves no stamp.
stamp=node_modules/.installed-from
wanted=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then exit 0; fi

echo 'Installing n8n for the end-to-end tests: 2.2 GB, 2 to 5 minutes the first time.'
npm ci
echo "$wanted" >"$stamp"
