#!/bin/sh
# Installs what this machine can have of the peer libraries, with the ordinary
# package clients, and builds the Go adapters into bin/. What cannot be had is
# skipped with a message: this script does not fail.
cd "$(dirname "$0")" || exit 0

skipped() { echo "setup: skipped: $*"; }

debian="python3 python3-jwcrypto python3-jwt python3-jose python3-authlib jose \
ruby ruby-jwt ruby-json-jwt perl libcrypt-jwt-perl libjson-xs-perl"
missing=
for package in $debian; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok' || missing="$missing $package"
done
if [ -z "$missing" ]; then
	echo "setup: Debian packages: all there"
elif ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	skipped "Debian packages:$missing (needs apt-get and root)"
else
	apt-get update -qq || skipped "apt-get update"
	# One by one: what one release does not have must not keep out the others.
	for package in $missing; do
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$package" >/dev/null ||
			skipped "Debian package $package"
	done
fi

if ! command -v npm >/dev/null; then
	skipped "Node.js adapters (no npm)"
elif ! (cd node && npm ci --silent); then
	skipped "Node.js adapters (npm ci failed)"
fi

if ! command -v go >/dev/null; then
	skipped "Go adapters (no go)"
else
	mkdir -p bin
	for adapter in go-jose jwx golang-jwt; do
		go build -o bin/ "./$adapter" || skipped "Go adapter $adapter"
	done
fi

./adapters.sh
exit 0
