#!/usr/bin/env bash
# Every npm command goes through here, so that each works on a fresh clone: it installs what is missing, then runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/setup.sh

command=${1:?command}
shift

case "$command" in
build)
	need_node_modules
	build_nodes
	build_worker
	;;
contract)
	need_node_modules
	node worker/scripts/contract.ts "$@"
	;;
lint)
	need_node_modules
	tsc -p tsconfig.json --noEmit
	tsc -p worker/tsconfig.json --noEmit
	tsc -p tests/tsconfig.json
	eslint package.json nodes credentials
	eslint worker tests scripts bench
	prettier --check --log-level warn .
	;;
start)
	need_debian scripts/debian-packages.txt
	need_node_modules
	build_worker
	exec node worker/dist/main.js serve
	;;
demo)
	need_debian scripts/debian-packages.txt
	need_node_modules
	build_worker
	exec node scripts/demo.ts "$@"
	;;
test)
	need_debian scripts/debian-packages.txt scripts/debian-packages-test.txt
	need_node_modules
	build_worker
	build_nodes
	exec vitest run "$@"
	;;
test:e2e)
	need_debian scripts/debian-packages.txt
	need_node_modules
	build_worker
	build_nodes
	bash tests/e2e/setup.sh
	exec vitest run --config tests/e2e/vitest.config.mts "$@"
	;;
bench)
	need_debian scripts/debian-packages.txt
	need_node_modules
	build_worker
	exec node bench/run.ts "$@"
	;;
*)
	fail "Unknown command: $command"
	;;
esac
