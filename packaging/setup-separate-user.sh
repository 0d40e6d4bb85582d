#!/bin/sh
# Sets up a gate as an OS user of its own on Linux: the user, its folders, one folder for each agent's socket, a systemd
# unit. It asks nothing, says what it does, changes nothing that is right already, and starts nothing.
set -eu

usage() {
  cat <<'USAGE'
setup-separate-user.sh [--agent NAME:USER]... [options]

  --agent NAME:USER   an agent of the gate, as its manifest is named, and the OS user that it runs as (made when missing);
                      NAME alone: both are called that
  --user USER         the gate's own user; kidoban when left out
  --program FILE      dist/kidoban.js of the installed package; the one beside this script when left out
  --node FILE         the Node that runs it; the one on PATH when left out
  --prefix FOLDER     goes before /var/lib, /run and /etc; for images and tests
  --dry-run           only say what would be done
USAGE
}

here=$(cd "$(dirname "$0")" && pwd -P)
gate=kidoban
prefix=
program=$here/../dist/kidoban.js
node=$(command -v node || true)
dry=
agents=

case "${KIDOBAN_LANG:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}" in
ja*) japanese=1 ;;
*) japanese= ;;
esac
# Both languages of a sentence; one is said.
say() { if [ -n "$japanese" ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }
fail() {
  say "setup: $1" "setup: $2" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case "$1" in
  --dry-run) dry=1 && shift && continue ;;
  --help) usage && exit 0 ;;
  --agent | --user | --program | --node | --prefix) ;;
  *) usage >&2 && fail "$1 is no option" "$1 というオプションはありません" ;;
  esac
  [ $# -ge 2 ] || fail "$1 needs a value" "$1 には値が必要です"
  case "$1" in
  --agent) agents="$agents $2" ;;
  --user) gate=$2 ;;
  --program) program=$2 ;;
  --node) node=$2 ;;
  --prefix) prefix=$2 ;;
  esac
  shift 2
done

# Runs one command, or only says it.
run() {
  printf '+ %s\n' "$*"
  [ -n "$dry" ] || "$@"
}

# Names are looked at before anything is made: they become paths and lines of files.
named() {
  case "$1" in
  '' | -* | *[!A-Za-z0-9_-]*) fail "\"$1\" is no name to use here" "「$1」はここで使える名前ではありません" ;;
  esac
}
named "$gate"
for pair in $agents; do
  named "${pair%%:*}"
  named "${pair#*:}"
  case "${pair%%:*}" in
  [!a-z]* | *[!a-z0-9-]*) fail "an agent's name is [a-z][a-z0-9-]*: ${pair%%:*}" "エージェントの名前は [a-z][a-z0-9-]* です: ${pair%%:*}" ;;
  esac
  [ "${pair#*:}" != "$gate" ] || fail "an agent may not run as $gate, the gate's own user" "エージェントを門自身のユーザー $gate で動かすことはできません"
done
case "$prefix" in
'' | /*) ;;
*) fail "--prefix must be an absolute path" "--prefix には絶対パスを指定してください" ;;
esac
case "$prefix$program$node" in
*[!A-Za-z0-9/._@+-]*) fail "paths with spaces or special characters do not fit into a unit file" "空白や特殊文字を含むパスはユニットファイルに書けません" ;;
esac
[ -n "$dry" ] || [ "$(id -u)" = 0 ] || fail "only root can make users; try --dry-run" "ユーザーを作れるのは root だけです。--dry-run をお試しください"

# What the gate runs may be changed by root alone: whoever changes it is the gate.
roots() {
  [ -e "$1" ] || fail "$1 is not there" "$1 がありません"
  at=$(readlink -f "$1")
  while :; do
    owner=$(stat -c %u "$at")
    mode=0$(stat -c %a "$at")
    # In a sticky folder, such as /tmp, others can add but not replace what is not theirs.
    if [ "$owner" != 0 ] || { [ $((mode & 022)) -ne 0 ] && [ $((mode & 01000)) -eq 0 ]; }; then
      fail "$at can be changed by others than root (owner $owner, mode $mode); install the program where only root can write" \
        "$at は root 以外にも変更できます（所有者 $owner、モード $mode）。root だけが書き込める場所にプログラムを置いてください"
    fi
    [ "$at" != / ] || break
    at=$(dirname "$at")
  done
}
[ -n "$node" ] || fail "there is no node on PATH; use --node" "PATH に node がありません。--node で指定してください"
roots "$node"
roots "$program"
node=$(readlink -f "$node")
program=$(readlink -f "$program")

home=$prefix/var/lib/kidoban
runtime=$prefix/run/kidoban

# The gate's user. Nobody logs in as it; sudo -u and systemd need no shell.
if ! getent passwd "$gate" >/dev/null; then
  run useradd --system --user-group --no-create-home --home-dir "$home" --shell /usr/sbin/nologin "$gate"
elif [ "$(id -u "$gate")" = 0 ]; then
  fail "$gate is root" "$gate は root です"
fi
for pair in $agents; do
  user=${pair#*:}
  if ! getent passwd "$user" >/dev/null; then
    run useradd --user-group --create-home --shell /bin/sh "$user"
  fi
  [ -n "$dry" ] && ! getent passwd "$user" >/dev/null && continue
  [ "$(id -u "$user")" != 0 ] || fail "$user is root, who can do everything" "$user は root であり、何でもできます"
  [ "$(id -u "$user")" != "$(id -u "$gate" 2>/dev/null)" ] || fail "$user has the id of $gate" "$user の ID が $gate と同じです"
  # Whoever is in the group may enter the agent's folder, and is that agent.
  group=$(id -gn "$user")
  gid=$(id -g "$user")
  others=$({ getent passwd | awk -F: -v g="$gid" '$4 == g { print $1 }'; getent group "$group" | cut -d: -f4 | tr , '\n'; } | grep -vx -e "$user" -e '' | sort -u | tr '\n' ' ' || true)
  [ -z "$others" ] || fail "the group $group of $user has other members: $others; give $user a group of its own" \
    "$user のグループ $group にほかのメンバーがいます: $others。$user 専用のグループにしてください"
  for strong in root sudo wheel admin docker lxd disk shadow; do
    if id -nG "$user" | tr ' ' '\n' | grep -qx "$strong"; then
      fail "$user is in the group $strong and can become root, and so the gate" "$user はグループ $strong に入っており、root に、ひいては門になれます"
    fi
  done
done

# In the gate's own folders everything is made as the gate's user: root that followed a link there could be led anywhere.
as_gate() { run setpriv --reuid="$gate" --regid="$gate" --init-groups --reset-env "$@"; }
is() { [ "$(stat -c '%F %U %G %a' "$1" 2>/dev/null)" = "directory $2 $3 $4" ]; }
# A folder as it should be; said only where it is not.
folder() { # PATH OWNER MODE
  if is "$1" "$2" "$2" "$3"; then return 0; fi
  [ ! -L "$1" ] || fail "$1 is a link" "$1 はリンクです"
  run install -d -o "$2" -g "$2" -m "$3" "$1"
}
gate_folder() { # PATH GROUP MODE
  if is "$1" "$gate" "$2" "$3"; then return 0; fi
  as_gate mkdir -p -m 700 "$1"
  [ "$2" = "$gate" ] || run chgrp -h "$2" "$1"
  as_gate chmod "$3" "$1"
}
# A file of root's with what comes on standard input.
file() { # PATH
  wanted=$(cat)
  if [ -f "$1" ] && [ "$(cat "$1")" = "$wanted" ]; then return 0; fi
  printf '+ write %s\n' "$1"
  [ -n "$dry" ] || (umask 022 && printf '%s\n' "$wanted" >"$1")
}
# One of the gate's, where there is none yet.
gate_file() { # PATH
  [ ! -e "$1" ] || return 0
  wanted=$(cat)
  printf '+ write %s\n' "$1"
  [ -n "$dry" ] || printf '%s\n' "$wanted" |
    setpriv --reuid="$gate" --regid="$gate" --init-groups --reset-env sh -c 'umask 077 && set -C && cat >"$1"' sh "$1"
}
[ -z "$prefix" ] || for path in "$prefix/var" "$prefix/var/lib" "$prefix/run" "$prefix/etc" "$prefix/etc/systemd" "$prefix/etc/systemd/system" "$prefix/etc/tmpfiles.d"; do
  folder "$path" root 755
done
folder "$home" "$gate" 700
for name in gate gate/manifests gate/kidoban.lock gate/secrets; do gate_folder "$home/$name" "$gate" 700; done

# A configuration to begin with. What is there is yours and stays as it is.
users=
for pair in $agents; do users="$users${users:+, }${pair%%:*}: ${pair#*:}"; done
if [ ! -e "$home/gate/kidoban.yaml" ]; then
  gate_file "$home/gate/kidoban.yaml" <<YAML
kidoban: 1
servers: {}
serve:
  users: { $users } # the OS user that each agent runs as
YAML
else
  say "$home/gate/kidoban.yaml is there; it should say, under serve:  users: { $users }" \
    "$home/gate/kidoban.yaml があります。serve: の下に次の設定を入れてください:  users: { $users }"
fi
for pair in $agents; do
  agent=${pair%%:*}
  gate_file "$home/gate/manifests/$agent.yaml" <<YAML
kidoban: 1
agent: $agent
servers: {}
YAML
done

# The sockets: entered by one agent's group each, changed by the gate's user alone, made again at each start of the machine.
{
  printf 'd %s 0711 %s %s -\n' "$runtime" "$gate" "$gate"
  for pair in $agents; do
    user=${pair#*:}
    printf 'd %s/%s 0750 %s %s -\n' "$runtime" "${pair%%:*}" "$gate" "$(id -gn "$user" 2>/dev/null || printf '%s' "$user")"
  done
} | file "$prefix/etc/tmpfiles.d/kidoban.conf"
folder "$runtime" "$gate" 711
for pair in $agents; do
  user=${pair#*:}
  gate_folder "$runtime/${pair%%:*}" "$(id -gn "$user" 2>/dev/null || printf '%s' "$user")" 750
done

sed -e "s|^User=.*|User=$gate|" -e "s|^Group=.*|Group=$gate|" \
  -e "s|^WorkingDirectory=.*|WorkingDirectory=$home/gate|" \
  -e "s|^ExecStart=.*|ExecStart=$node $program serve --config $home/gate/kidoban.yaml --socket-dir $runtime|" \
  "$here/systemd/kidoban.service" | file "$prefix/etc/systemd/system/kidoban.service"
if [ -z "$prefix$dry" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

say "Ready. Next, as root:" "準備ができました。次は root で:"
as="sudo -u $gate -H $node $program"
cat <<NEXT
  $as approver add NAME
  $as pin --config $home/gate/kidoban.yaml
  $as accept --config $home/gate/kidoban.yaml
  $as check --config $home/gate/kidoban.yaml --socket-dir $runtime
  systemctl enable --now kidoban
NEXT
for pair in $agents; do
  say "and in the client of ${pair#*:}:" "${pair#*:} のクライアントには:"
  printf '  %s %s connect --to %s/%s/gate.sock\n' "$node" "$program" "$runtime" "${pair%%:*}"
done
