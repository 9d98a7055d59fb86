#!/usr/bin/env bash
# Says how full the disk is, for the relay plugin. Needs openssl and jq, and socat to listen:
#
#   RELAY_SECRET=... socat TCP-LISTEN:9000,bind=127.0.0.1,fork,reuseaddr EXEC:./disk.sh
#
# It reads one HTTP request from its input and writes the answer to its output.
set -euo pipefail

respond() { # status body
	printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "$1" "$(printf %s "$2" | wc -c)" "$2"
	exit 0
}

length=0 stamp= signature=
read -r _ # the request line
while IFS= read -r line && line=${line%$'\r'} && [ -n "$line" ]; do
	value=${line#*: }
	case ${line%%:*} in
	[Cc]ontent-[Ll]ength) length=$value ;;
	X-Wecombot-Timestamp) stamp=$value ;;
	X-Wecombot-Signature) signature=$value ;;
	esac
done
body=$(head -c "$length")

want=v1=$(printf '%s.%s' "$stamp" "$body" | openssl dgst -sha256 -hmac "$RELAY_SECRET" | sed 's/^.*= *//')
# Both are hashed again, so that the time the comparison takes says nothing about the signature.
[ "$(printf %s "$want" | sha256sum)" = "$(printf %s "$signature" | sha256sum)" ] || respond '403 Forbidden' '{}'
# An old request that somebody kept is as bad as a forged one. The variable is for tests, whose time stands still.
age=$(($(date +%s) - stamp))
[ -n "${RELAY_ANY_TIME:-}" ] || [ "${age#-}" -lt 300 ] || respond '403 Forbidden' '{}'

user=$(printf %s "$body" | jq -r .user)
used=$(df -P / | awk 'NR == 2 { print $5 }')
respond '200 OK' "$(jq -n --arg text "$user，磁盘已用 $used" '{text: $text}')"
