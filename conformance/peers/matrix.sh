#!/bin/sh
# Runs the conformance command on all adapters that are installed, in one
# matrix. Arguments go to the conformance command: ./matrix.sh -markdown
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
set -f
IFS='
'
for command in $(conformance/peers/adapters.sh -commands); do
	set -- "$@" -adapter "$command"
done
exec go run ./conformance "$@"
