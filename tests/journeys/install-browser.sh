#!/usr/bin/env bash
# Makes sure that a Chromium and Japanese fonts are there for the browser tests, and writes the path of the
# program to .test/chromium. What is missing comes from the distribution: installed when we are root, else
# unpacked into .test/browser without touching the system.
#
#   KIZUKI_CHROMIUM=/path/to/program   use this one
#   KIZUKI_BROWSER=unpack              unpack even when a Chromium is on PATH or we are root
set -euo pipefail
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

HOUSE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
KEPT=$HOUSE/.test
NOTE=$KEPT/chromium
BROWSER=$KEPT/browser
UNPACKED=$BROWSER/root
PROGRAM=$BROWSER/chromium
LOG=$KEPT/install-browser.log
LOCK_SECONDS=600
START_SECONDS=60

say() { printf '%s\n' "$*"; }

give_up() {
  printf '%s\n' "Browser tests need a Chromium and Japanese fonts: $1" \
    "Install them (Debian: apt-get install chromium fonts-noto-cjk) or set KIZUKI_CHROMIUM to a program." >&2
  [ ! -s "$LOG" ] || printf '%s\n' "The log: $LOG" >&2
  exit 1
}

is_forced() { [ "${KIZUKI_BROWSER:-}" = unpack ]; }
is_root() { [ "$(id -u)" = 0 ]; }

# A program that only tells where to get the browser (Ubuntu's chromium-browser) fails here.
version_of() { timeout "$START_SECONDS" "$1" --version 2>/dev/null; }

# `--version` loads no page, so a browser we made ourselves must show one before it is believed.
shows_pages() {
  local page
  page=$(timeout "$START_SECONDS" "$1" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --user-data-dir="$BROWSER/try" --dump-dom 'data:text/html,<p>kizuki-shown' 2>>"$LOG") || return 1
  rm -rf "$BROWSER/try"
  [[ $page == *kizuki-shown* ]]
}

find_chromium() {
  local name path
  is_forced && return 1
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    path=$(command -v "$name") && version_of "$path" >/dev/null && { say "$path"; return 0; }
  done
  return 1
}

has_japanese_fonts() {
  is_forced && return 1
  if command -v fc-list >/dev/null; then
    [ -n "$(fc-list :lang=ja family 2>/dev/null)" ]
  else
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts "${HOME:-/nowhere}"/{.fonts,.local/share/fonts} \
      \( -iname '*cjk*' -o -iname '*jp*.otf' -o -iname 'ipa*' -o -iname 'takao*' -o -iname '*vlgothic*' \) 2>/dev/null)" ]
  fi
}

is_locked() { grep -qE '^E: (Could not get lock|Unable to (lock|acquire))' "$1"; }

# apt-get waits for dpkg's lock by itself but not for that of its lists, so we wait for both alike.
patient_apt() {
  local until=$((SECONDS + LOCK_SECONDS)) tried=$KEPT/apt-try.log
  until apt-get -q -y -o DPkg::Lock::Timeout=60 -o Acquire::Retries=3 "$@" >"$tried" 2>&1 </dev/null; do
    cat "$tried" >>"$LOG"
    is_locked "$tried" && [ "$SECONDS" -lt "$until" ] || { rm -f "$tried"; return 1; }
    sleep 2
  done
  cat "$tried" >>"$LOG"
  rm -f "$tried"
}

install_packages() {
  say "Browser tests: installing $* ..." >&2
  # A source of somebody else's that does not answer is no reason to stop; the install tells whether ours did.
  patient_apt update || true
  patient_apt install --no-install-recommends "$@" || give_up "apt-get could not install $*."
}

unpack_packages() {
  local state=$BROWSER/apt deb
  say "Browser tests: unpacking $* into .test/browser ..." >&2
  rm -rf "$UNPACKED" "$UNPACKED.new" "$BROWSER/done"
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$UNPACKED.new"
  # Lists and archives of our own, but the system's record of what is installed: only the missing is fetched.
  local own=(
    -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o Dir::State::status=/var/lib/dpkg/status
    -o "Dir::Cache=$state/cache" -o "Dir::Cache::archives=$state/cache/archives"
    -o Debug::NoLocking=true -o APT::Sandbox::User=root
  )
  patient_apt "${own[@]}" update || true
  patient_apt "${own[@]}" install --download-only --reinstall --no-install-recommends "$@" \
    || give_up "apt-get could not fetch $*."
  for deb in "$state"/cache/archives/*.deb; do
    # The C library must be the one that the running loader belongs to.
    case ${deb##*/} in libc6_* | libc-bin_*) continue ;; esac
    dpkg-deb -x "$deb" "$UNPACKED.new" >>"$LOG" 2>&1 || give_up "a package could not be unpacked (is the disk full?)."
  done
  mv "$UNPACKED.new" "$UNPACKED"
  rm -rf "$state"
}

# The unpacked browser or, where only fonts were wanting, the system's.
chromium_to_use() { find_chromium || say "$UNPACKED/usr/lib/chromium/chromium"; }

write_program() {
  local chromium=$1
  cat >"$BROWSER/fonts.conf" <<CONF
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>$UNPACKED/usr/share/fonts</dir>
  <cachedir>$BROWSER/font-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Noto Sans CJK JP</family></prefer></alias>
  <alias><family>serif</family><prefer><family>Noto Serif CJK JP</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Noto Sans Mono CJK JP</family></prefer></alias>
</fontconfig>
CONF
  cat >"$PROGRAM.new" <<SHELL
#!/bin/sh
for folder in "$UNPACKED"/usr/lib/*-linux-gnu* "$UNPACKED"/lib/*-linux-gnu* "$UNPACKED"/usr/lib/*-linux-gnu*/pulseaudio; do
  [ ! -d "\$folder" ] || LD_LIBRARY_PATH=\${LD_LIBRARY_PATH:+\$LD_LIBRARY_PATH:}\$folder
done
export LD_LIBRARY_PATH FONTCONFIG_FILE="$BROWSER/fonts.conf"
exec "$chromium" "\$@"
SHELL
  chmod +x "$PROGRAM.new"
  mv "$PROGRAM.new" "$PROGRAM"
}

note() {
  printf '%s\n' "$1" >"$NOTE.new"
  mv "$NOTE.new" "$NOTE"
  say "Browser tests: $(version_of "$1" | head -n 1) at $1"
  exit 0
}

take_turns() {
  command -v flock >/dev/null || return 0
  exec 9>"$KEPT/browser.lock"
  flock -w "$LOCK_SECONDS" 9 || give_up "another run of this script does not end."
}

use_given() {
  [ -n "${KIZUKI_CHROMIUM:-}" ] || return 0
  version_of "$KIZUKI_CHROMIUM" >/dev/null || give_up "KIZUKI_CHROMIUM=$KIZUKI_CHROMIUM does not start."
  note "$KIZUKI_CHROMIUM"
}

use_system() {
  local chromium
  chromium=$(find_chromium) || return 0
  has_japanese_fonts && note "$chromium"
  return 0
}

use_unpacked() {
  [ -f "$BROWSER/done" ] && [ -x "$PROGRAM" ] || return 0
  # The clone may have been moved since, and the paths inside are absolute.
  write_program "$(chromium_to_use)"
  version_of "$PROGRAM" >/dev/null && note "$PROGRAM"
  return 0
}

install_missing() {
  local missing=()
  find_chromium >/dev/null || missing+=(chromium)
  has_japanese_fonts || missing+=(fonts-noto-cjk)
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
  use_system
  give_up "the installed packages gave none."
}

unpack_missing() {
  command -v dpkg-deb >/dev/null || give_up "dpkg-deb is missing."
  local packages=()
  # chromium-common is named too, so that it comes along even where the system has it.
  find_chromium >/dev/null || packages+=(chromium chromium-common)
  has_japanese_fonts || packages+=(fonts-noto-cjk)
  unpack_packages "${packages[@]}"
  write_program "$(chromium_to_use)"
  shows_pages "$PROGRAM" || give_up "the unpacked browser does not start."
  touch "$BROWSER/done"
  note "$PROGRAM"
}

mkdir -p "$KEPT"
: >"$LOG"
use_given
use_system
use_unpacked
take_turns
use_system # whoever held the lock may have done our work
use_unpacked
command -v apt-get >/dev/null || give_up "neither is here, and without apt-get this script cannot fetch them."
if is_root && ! is_forced; then install_missing; else unpack_missing; fi
