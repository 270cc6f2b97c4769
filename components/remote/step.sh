# hardway's words for a step on a node. The operating-system step puts this file at /opt/hardway/step.sh; every
# other step reads it there.
# Each word says what it changed, leaves what is right alone, and can be interrupted at any point and run again.
# Where a processor is emulated, starting a program takes 20 ms: what the shell itself can do, it does.
set -euo pipefail
shopt -s globstar inherit_errexit
umask 022
export LC_ALL=C # lengths are in bytes, messages the same everywhere
export PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin # RHEL's sudo leaves out what steps link into /usr/local/bin
# The machine's owner may have a proxy in /etc/environment, which knows nobody in the lab. What goes by one says so where it does.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
prefix=${HARDWAY_PREFIX:-} # only tests say another one
stamps=$prefix/var/lib/hardway
binaries=$prefix/opt/hardway/bin
units=$prefix/etc/systemd/system
# What this run has written and is perhaps not on the disk yet.
unsynced=("${BASH_SOURCE[0]}")
# The files whose text, and the links whose target, this run has changed.
written=()
# The directory of the artefact that this run has unpacked last.
unpacked=''
# Everything that this step owns on the node, a line each; `finish` writes it down.
owned=()

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s: %s\n' "$0" "$*" | clean >&2; exit 1; }
# clean: makes a program's output fit for Pulumi: the official command plugin fails on text that is
# not UTF-8, and never ends after a line of more than 64 KiB.
clean() { sed -E -e 's/[^[:print:][:blank:]]/?/g' -e 's/^(.{2000}).+/\1 .../'; }

# One run of a step at a time, also when an earlier one outlived its connection.
lock=$prefix/run/lock/hardway-$0
exec 9>"$lock"
if ! flock --nonblock 9; then
  say "waiting for an earlier run of this step to end"
  flock --wait "${HARDWAY_LOCK_SECONDS:-900}" 9 || fail "an earlier run of this step has held $lock for ${HARDWAY_LOCK_SECONDS:-900} s; 'fuser --kill $lock' on this node ends it"
fi
[[ -d $stamps ]] || mkdir -p "$stamps"

# wait_for SECONDS WHAT COMMAND [ARGUMENT ...]: until the command succeeds. Says what it waits for once that takes long.
# Where asking is dear (a curl over TLS takes a second on an emulated processor), it is asked less often: asking takes at
# most a quarter of the time, so that it does not slow down what it waits for.
wait_for() {
  local seconds=$1 what=$2 start=$SECONDS said='' began pause; shift 2
  while true; do
    began=${EPOCHREALTIME/./}
    ! "$@" >/dev/null 2>&1 || return 0
    pause=$((3 * (${EPOCHREALTIME/./} - began)))
    ((pause > 200000)) || pause=200000
    ((pause < 5000000)) || pause=5000000
    ((SECONDS - start < seconds)) || return 1
    if [[ -z $said ]] && ((SECONDS - start >= 5)); then
      said=yes
      say "waiting for $what, at most $seconds s"
    fi
    printf -v pause '%d.%06d' $((pause / 1000000)) $((pause % 1000000))
    sleep "$pause"
  done
}

# ask SECONDS WHOM COMMAND [ARGUMENT ...]: until the command succeeds, since who is asked may be starting, or out of breath;
# sets $answer to what it printed. What it complained of is told when the time is over.
ask() {
  local seconds=$1 whom=$2 refused=''; shift 2
  wait_for "$seconds" "$whom" asked "$@" || fail "$whom did not do what was asked within $seconds s: $(<"$lock.complaint")"
  [[ -z $refused ]] || fail "$whom refused what was asked: $(<"$lock.complaint")"
}
asked() { answered "$@" || { is_final && refused=yes; }; }
answered() { answer=$("$@" 2>"$lock.complaint"); }
# is_final: the error is about the request itself, so another try gets the same answer.
is_final() {
  case $(<"$lock.complaint") in
    *'duplicated taints'* | 'error: invalid '* | 'error: unknown '* | 'error: unrecognized '*) return 0 ;;
    *' is invalid: '* | 'Error from server (Invalid)'* | 'Error from server (BadRequest)'* | 'Error from server (MethodNotAllowed)'*) return 0 ;;
  esac
  return 1
}

# put MODE OWNER PATH: standard input becomes the file.
put() {
  local content=''
  IFS= read -rd '' content || true
  place "$1" "$2" "$3" "$content"
}

# look_for_room PATH: sets $room to how much its disk has left, for a message.
look_for_room() {
  local blocks size mebibytes
  read -r blocks size < <(stat --file-system --format '%a %S' "${1%/*}")
  mebibytes=$((blocks * size >> 20))
  room="$mebibytes MiB are free in ${1%/*}"
  ((mebibytes > 0)) || room+="; make room there, then run this again"
}

# place MODE OWNER PATH CONTENT: the content becomes the file, in one move, with its mode and owner before its content.
# Several steps may place the same file at once (what all components trust): each has an unfinished one of its own.
place() {
  local mode=$1 owner=$2 path=$3 content=$4 unfinished=$3.$0.new old='' mask
  owned+=("file $mode $owner $path")
  if [[ -f $path && ! -L $path ]]; then
    IFS= read -rd '' old <"$path" || true
    [[ $old != "$content" || $(stat --format '%a %U:%G %s' "$path") != "$mode $owner ${#content}" ]] || return 0
  fi
  [[ -d ${path%/*} ]] || mkdir -p "${path%/*}"
  [[ ! -e $unfinished && ! -L $unfinished ]] || rm -rf "$unfinished"
  printf -v mask '%o' $((0777 & ~0$mode))
  umask "$mask"; : >"$unfinished"; umask 022
  ((!(0$mode & 07111))) || chmod "$mode" "$unfinished"
  [[ $owner == root:root ]] || chown "$owner" "$unfinished"
  printf '%s' "$content" >"$unfinished" || { look_for_room "$path"; rm -f "$unfinished"; fail "$path could not be written: $room"; }
  mv -fT "$unfinished" "$path"
  unsynced+=("$path")
  [[ $old == "$content" ]] || written+=("$path")
  say "wrote $path"
}

# put_secrets: standard input carries one file a line, `MODE OWNER PATH "CONTENT"`, with \\ for a backslash and \n for the
# end of a line; then a line `end`.
put_secrets() {
  local mode owner path content
  while read -r mode owner path content; do
    [[ $mode != end ]] || return 0
    printf -v content '%b' "${content:1:-1}"
    place "$mode" "$owner" "$path" "$content"
  done
  fail "standard input ended before all secret files had come; run this again"
}

# fetch SHA256 FILE URL ...: the first source that serves these very bytes, at the path that $fetched says.
# Nothing unchecked stays there.
fetch() {
  local sha256=$1 file=$2 mirror=${3%/artifacts/*} url got start tried='' unreachable=''; shift 2
  for url; do
    if got=$(curl --fail --silent --show-error --location --connect-timeout 10 \
      --speed-limit 1024 --speed-time "${HARDWAY_STALL_SECONDS:-30}" --max-time 1200 --output "$fetched" "$url" 2>&1); then
      got=$(sha256sum "$fetched"); got=${got%% *}
      [[ $got != "$sha256" ]] || return 0
      got="wanted sha256 $sha256, got $got ($(stat --format %s "$fetched") bytes)"
      IFS= read -rn 80 start <"$fetched" 2>/dev/null || true
      [[ $start != '<'* ]] || got+=", a page that begins with $start"
    elif [[ $url == "$mirror"/* && $got =~ ^curl:\ \((7|28)\)\ .*(onnect|route) ]]; then
      unreachable=yes
      say "the mirror $mirror cannot be reached: $got"
    fi
    look_for_room "$fetched"
    rm -f "$fetched"
    [[ $got != 'curl: (23)'* ]] || fail "$file can't be stored: $room"
    tried+=$'\n'"  $url: $got"
  done
  rmdir --ignore-fail-on-non-empty "${fetched%/*}"
  [[ -z $unreachable ]] || fail "$file can't be had; the mirror $mirror cannot be reached from this node: './lab status' on the workstation shows whether it runs; if it does, a firewall there drops the packets: with firewalld, 'sudo firewall-cmd --zone=libvirt --add-port=${mirror##*:}/tcp' lets them through (again with --permanent, to keep it), with ufw, 'sudo ufw allow ${mirror##*:}/tcp':$tried"
  fail "$file can't be had; './lab mirror sync' brings what the mirror lacks:$tried"
}

# inventory DIRECTORY: every file in it with mode, size and time; sets $files to their paths.
inventory() {
  local file
  files=()
  for file in "$1"/**; do [[ ! -f $file || -L $file ]] || files+=("$file"); done
  stat --format '%a %s %Y %n' "${files[@]}"
}

# provide NAME VERSION SHA256 FILE URL ...: the artefact unpacked under a path of its own version; sets $home. What is
# there is kept if it still is what was unpacked: a power cut may have cut files short.
provide() {
  local name=$1 version=$2 sha256=$3 file=$4 files; shift 4
  home=$binaries/$name/$version-${sha256:0:12}
  owned+=("tree $home")
  [[ ! -e $home/.inventory || $(<"$home/.inventory") != "$(inventory "$home" 2>/dev/null)" ]] || return 0
  fetched=$home.fetched
  [[ ! -e $home.new ]] || rm -rf "$home.new"
  [[ -d ${home%/*} ]] || mkdir -p "${home%/*}"
  fetch "$sha256" "$file" "$@"
  mkdir "$home.new"
  case $file in
    *.tar.gz | *.tgz) tar --extract --gzip --no-same-owner --file "$fetched" --directory "$home.new" && rm "$fetched" ;;
    *) chmod 755 "$fetched" && mv -T "$fetched" "$home.new/$name" ;;
  esac || { look_for_room "$home"; rm -rf "$home.new" "$fetched"; fail "$file could not be unpacked: $room"; }
  # Where SELinux rules, what systemd may start is decided by its label.
  [[ ! -x /usr/sbin/restorecon ]] || restorecon -R "${home%/*}" || true
  [[ ! -e $home ]] || rm -rf "$home"
  mv -T "$home.new" "$home"
  inventory "$home" >"$home/.inventory" || { look_for_room "$home"; fail "$home/.inventory could not be written: $room"; }
  unsynced+=("${files[@]}" "$home/.inventory")
  unpacked=$home
  say "installed $name $version"
}

# link SOURCE TARGET: the target becomes a link to the source, in one move.
link() {
  owned+=("link $1 $2")
  if [[ -L $2 && $(readlink "$2") == "$1" ]]; then
    # A program that was unpacked again differs from the one that runs, though its path does not.
    [[ -z $unpacked || $1 != "$unpacked"/* ]] || written+=("$2")
    return 0
  fi
  [[ $1 != "$binaries"/* || -x $1 ]] || fail "$1 is no program of the artefact that was unpacked there"
  [[ -d ${2%/*} ]] || mkdir -p "${2%/*}"
  if [[ -e $2 || -L $2 ]]; then
    ln -sfT "$1" "$2.new"
    mv -fT "$2.new" "$2"
  else
    ln -sT "$1" "$2"
  fi
  unsynced+=("${2%/*}")
  written+=("$2")
  say "linked $2"
}

# prune NAME: of this artefact, only the version in $home stays.
prune() {
  local other
  for other in "$binaries/$1"/*; do
    [[ $other == "$home" ]] || { rm -rf "$other"; say "removed $other"; }
  done
}

# explain UNIT: why it does not run, in its own words: the last ones, and where it has been started again, those before. It may
# only just have begun anew.
explain() {
  {
    systemctl show --property Result,ExecMainStatus,NRestarts "$1" | paste -sd' '
    journalctl --unit "$1" --lines 200 --no-pager --output cat |
      awk -v again="restart counter is at $(systemctl show --property NRestarts --value "$1")." '
        { line[NR] = $0 }
        index($0, again) { ended = NR }
        END { for (n = 1; n <= NR; n++) if (n > NR - 20 || n <= ended && n > ended - 20) print line[n] }'
  } 2>&1 | clean >&2 || true
}

# state_of UNIT FILE ...: sets $state to a digest of the files that it runs with; a link counts by where it leads.
state_of() {
  local unit=$1 file content text='' links=(); shift
  for file in "$units/$unit" "$@"; do
    if [[ -L $file ]]; then
      links+=("$file")
    else
      [[ -r $file ]] || fail "$unit runs with $file, which is not there"
      content=''
      IFS= read -rd '' content <"$file" || true
      text+="$file ${#content}"$'\n'"$content"
    fi
  done
  [[ ${#links[@]} == 0 ]] || text+=$(readlink "${links[@]}")
  state=$(sha256sum <<<"$text"); state=${state%% *}
}

# placed UNIT FILE ...: this run has changed one of them, and the unit is a process that may have read it before.
placed() {
  local file
  [[ $1 != *.mount ]] || return 1
  for file in "$units/$1" "${@:2}"; do [[ " ${written[*]} " != *" $file "* ]] || return 0; done
  return 1
}

# settled: what converges is healthy, or has been restarted so often that it never will be; $verdict says which.
settled() {
  if "$healthy"; then verdict=healthy; return 0; fi
  ((SECONDS - asked >= 5)) || return 1
  asked=$SECONDS
  [[ $(systemctl show --property NRestarts --value "$unit") -ge 10 ]] || return 1
  verdict="is not healthy and has been restarted 10 times"
}

# take_turn NAME: of the nodes that run NAME, one at a time goes on from here until its step ends, and only while the
# others are well (others_well). The lock is etcd's, which frees it when this process is gone.
take_turn() {
  local held
  say "waiting for $1's turn on this node, at most 900 s"
  coproc TURN { exec setpriv --pdeathsig TERM etcdctl lock --ttl 15 "hardway/$1" 9>&- 2>&1; }
  IFS= read -rt 900 held <&"${TURN[0]}" || fail "the lock hardway/$1 in etcd was not to be had in 900 s${held:+: $held}"
  [[ $held == hardway/* ]] || fail "the lock hardway/$1 in etcd is not to be had: $held"
  wait_for 300 "the others that run $1" others_well || fail "another node's $1 is not well, and with this one restarted too little would be left; asked
$(declare -f others_well | sed '1,2d;$d') it says: $(others_well 2>&1)"
}

# converge UNIT SECONDS HEALTHY FILE ...: the unit is enabled, runs with these files as they are now, and the function
# HEALTHY succeeds. It is restarted only if one of the files differs from when it last became healthy, if this run has
# changed one back (the process may have read what was there before), or if it does not run.
# At its end all that the step wrote is on the disk. With reload=yes it is reloaded where that is enough; with turn=NAME
# what serves is restarted in its turn (what does not has nothing to lose).
converge() {
  local unit=$1 seconds=$2 healthy=$3 stamp=$stamps/$1.converged state now writing verdict asked=$SECONDS how=restart; shift 3
  owned+=("unit $unit")
  link "$units/$unit" "$units/multi-user.target.wants/$unit"
  state_of "$unit" "$@"
  sync "${unsynced[@]}" & writing=$!
  now=$(systemctl show --property ActiveState,LoadState,NeedDaemonReload "$unit")
  if [[ ! -e $stamp || $(<"$stamp") != "$state" || $now != *ActiveState=active* ]] || placed "$unit" "$@"; then
    rm -f "$stamp"
    # systemd lists a directory anew when its time has changed, and another step may have had it listed in the very tick in
    # which this unit came. A busy machine's ticks are long.
    if [[ $now == *NeedDaemonReload=yes* || $now == *LoadState=not-found* ]]; then
      systemctl daemon-reload
    elif [[ ${reload:-} == yes && $now == *ActiveState=active* ]]; then
      how=reload
    fi
    [[ $now != *ActiveState=failed* ]] || systemctl reset-failed "$unit"
    if [[ -n ${turn:-} && $now == *ActiveState=active* ]] && "$healthy" >/dev/null 2>&1; then take_turn "$turn"; fi
    systemctl "$how" "$unit" || { explain "$unit"; fail "$unit did not ${how/restart/start}"; }
    say "${how/restart/start}ed $unit"
  fi
  verdict="is not healthy after $seconds s"
  wait_for "$seconds" "$unit" settled || true
  if [[ $verdict != healthy ]]; then
    explain "$unit"
    fail "$unit $verdict; asked
$(declare -f "$healthy" | sed '1,2d;$d') it says: $("$healthy" 2>&1)"
  fi
  wait "$writing" || fail "what this step wrote can't be brought to the disk"
  [[ -e $stamp ]] || printf '%s' "$state" >"$stamp" || { look_for_room "$stamp"; fail "$stamp could not be written: $room"; }
}

# finish: the last word of every step. Writes the manifest: what the step owns on this node, one thing a line.
#   file MODE OWNER SHA256 PATH | link SOURCE TARGET | tree DIRECTORY SHA256-OF-ITS-INVENTORY | unit NAME
finish() {
  local manifest=$stamps/$0.manifest line kind rest mode owner path digests='' sums=() n=0 text='' there=() hashed=()
  for line in "${owned[@]}"; do
    case $line in
      file\ *) path=${line##* } ;;
      tree\ *) path=${line#* }/.inventory ;;
      *) there+=("$line"); continue ;;
    esac
    # A step may remove what it placed.
    [[ ! -f $path ]] || { there+=("$line"); hashed+=("$path"); }
  done
  # Not a process substitution: nothing waits for its process, which would keep the step's lock.
  [[ ${#hashed[@]} == 0 ]] || digests=$(sha256sum "${hashed[@]}")
  mapfile -t sums <<<"$digests"
  for line in "${there[@]}"; do
    read -r kind rest <<<"$line"
    case $kind in
      file) read -r mode owner path <<<"$rest"; text+="file $mode $owner ${sums[n]%% *} $path"$'\n'; n=$((n + 1)) ;;
      tree) text+="tree $rest ${sums[n]%% *}"$'\n'; n=$((n + 1)) ;;
      *) text+="$line"$'\n' ;;
    esac
  done
  [[ -n $text ]] || return 0
  place 600 root:root "$manifest" "$text"
  ! placed "$manifest" || sync "$manifest"
}

# forget: the last word of every delete. The step owns nothing here any more.
forget() { rm -f "$stamps/$0.manifest"; }

# remove_unit UNIT: stopped, disabled, gone.
remove_unit() {
  systemctl --quiet stop "$1" 2>/dev/null || true
  rm -f "$units/multi-user.target.wants/$1" "$units/$1" "$stamps/$1.converged"
  systemctl daemon-reload
  say "removed $1"
}

# remove_data DIRECTORY: emptied; gone too, unless it is a disk of its own.
remove_data() {
  [[ -d $1 ]] || return 0
  find "$1" -mindepth 1 -delete
  rmdir "$1" 2>/dev/null || true
  say "removed what was in $1"
}
