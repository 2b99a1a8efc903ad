#!/bin/sh
# Says hello to each adapter and prints its name and version, or that it is
# missing. With -commands, prints the commands of those that answered instead,
# one a line, to be run from the repository root.
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
peers=conformance/peers

list() {
	for a in go-jose jwx golang-jwt; do echo "$peers/bin/$a"; done
	for a in jose jsonwebtoken fast-jwt node-jose; do echo "node $peers/node/$a.mjs"; done
	for a in py-jwcrypto.py py-pyjwt.py py-jose.py py-authlib.py jose-command.py \
		ruby-jwt.rb ruby-json-jwt.rb perl-crypt-jwt.pl; do echo "$peers/debian/$a"; done
}

list | while read -r command; do
	# shellcheck disable=SC2086 # words on purpose
	hello=$(echo '{"op":"hello","protocol":1}' | timeout 30 $command 2>/dev/null)
	case $hello in
	*'"name"'*)
		if [ "$1" = -commands ]; then
			echo "$command"
		else
			name=$(echo "$hello" | sed 's/.*"name": *"\([^"]*\)".*/\1/')
			version=$(echo "$hello" | sed 's/.*"version": *"\([^"]*\)".*/\1/')
			echo "$name $version: $command"
		fi
		;;
	*) echo "missing: $command (see $peers/setup.sh)" >&2 ;;
	esac
done
