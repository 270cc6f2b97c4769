# The machine's own settings, which a person may take back at any time: what this step has placed and made is written down, so
# that it gives back that and nothing else. A file that was there before is kept, and comes back.
settings=$stamps/system

# recorded WHAT: sets the array mine to the files or users that are this step's.
recorded() {
  mine=()
  [[ ! -e $settings/$1 ]] || mapfile -t mine <"$settings/$1"
}

# record WHAT NAME ...: these are this step's from now on, and no others.
record() {
  local what=$1 text=''; shift
  (($# == 0)) || printf -v text '%s\n' "$@"
  place 600 root:root "$settings/$what" "$text"
}

# among NAME NAMES ...: whether the first is one of the others.
among() {
  local one
  for one in "${@:2}"; do [[ $one != "$1" ]] || return 0; done
  return 1
}

# take_paths PATH ...: what is there of somebody else's is kept.
take_paths() {
  local path mine new=()
  recorded files
  for path; do
    ! among "$path" "${mine[@]}" || continue
    [[ ! -d $path || -L $path ]] || fail "$path is a directory here; choose another path"
    new+=("$path")
    rm -rf "$settings/before$path"
    [[ -e $path || -L $path ]] || continue
    mkdir -p "$settings/before${path%/*}"
    cp --archive --no-target-directory "$path" "$settings/before$path"
  done
  ((${#new[@]} == 0)) || record files "${mine[@]}" "${new[@]}"
}

# give_back_paths PATH ...: all but these are as they were before.
give_back_paths() {
  local path kept mine
  recorded files
  for path in "${mine[@]}"; do
    ! among "$path" "$@" || continue
    kept=$settings/before$path
    if [[ -e $kept || -L $kept ]]; then
      cp --archive --no-target-directory "$kept" "$path.$0.new"
      mv -fT "$path.$0.new" "$path"
      say "gave back $path"
    else
      rm -f "$path"
      say "removed $path"
    fi
  done
  record files "$@"
}

# take_users NAME ...: users that are there and not this step's are somebody else's.
take_users() {
  local name mine new=()
  recorded users
  for name; do
    ! among "$name" "${mine[@]}" || continue
    ! getent passwd "$name" >/dev/null || fail "this machine has a user $name of its own; choose another name in users"
    new+=("$name")
  done
  ((${#new[@]} == 0)) || record users "${mine[@]}" "${new[@]}"
}

# user NAME SHELL GROUPS: is there, in these groups besides one of the user's own. `*` is a password that nobody can type, and
# yet no lock, which sshd would take for one against keys too.
user() {
  local name=$1 shell=$2 groups=$3 group
  [[ -x $shell ]] || fail "this machine has no $shell; choose another shell for the user $name"
  for group in ${groups//,/ }; do
    getent group "$group" >/dev/null || fail "this machine has no group $group; choose others for the user $name"
  done
  if ! getent passwd "$name" >/dev/null; then
    useradd --create-home --user-group --shell "$shell" --groups "$groups" --password '*' "$name"
    say "made the user $name"
  elif [[ $(getent passwd "$name") != *":$shell" || $(own_groups "$name") != "$groups" ]]; then
    usermod --shell "$shell" --groups "$groups" "$name"
    say "changed the user $name"
  fi
}

# own_groups NAME: those besides the user's first one, as GROUPS has them.
own_groups() {
  local all
  all=$(id --name --groups "$1")
  [[ $all == *' '* ]] || return 0
  tr ' ' '\n' <<<"${all#* }" | sort | paste --serial --delimiters=,
}

# give_back_users NAME ...: all but these are gone, with what they run and with their home directories.
give_back_users() {
  local name mine
  recorded users
  for name in "${mine[@]}"; do
    ! among "$name" "$@" || continue
    if getent passwd "$name" >/dev/null; then
      pkill -KILL --uid "$name" || true
      userdel --force --remove "$name" 2>/dev/null || ! getent passwd "$name" >/dev/null || fail "the user $name can't be removed"
      say "removed the user $name"
    fi
  done
  record users "$@"
}

[[ -e /usr/share/zoneinfo/Europe/Berlin ]] || fail "the image does not know the time zone Europe/Berlin; use an image with the package tzdata, or another name of the zone"
command -v sudo >/dev/null || fail "the image lacks the command sudo; use an image that has it, or users without it"
[[ $("$(command -v sshd)" -T) == *"/etc/ssh/authorized_keys.d/"* ]] ||
  fail "sshd of this image reads nothing in /etc/ssh/sshd_config.d, so the keys of users would let nobody in; use an image whose sshd_config includes that directory, or take the keys out"

users=(ada bob)
take_users "${users[@]}"
user ada /bin/bash 'adm,systemd-journal'
user bob /bin/sh ''

paths=(
  /etc/ssh/authorized_keys.d/ada
  /etc/sudoers.d/hardway-ada
  /etc/ssh/authorized_keys.d/bob
  /etc/motd
  /usr/local/bin/hello
  /etc/token
  /etc/end
)
# Debian and its kin have its name in a file too.
paths+=(/etc/localtime)
[[ ! -e /etc/timezone ]] || paths+=(/etc/timezone)
take_paths "${paths[@]}"
link /usr/share/zoneinfo/Europe/Berlin /etc/localtime
[[ ! -e /etc/timezone ]] || place 644 root:root /etc/timezone Europe/Berlin$'\n'
put 644 root:root /etc/ssh/authorized_keys.d/ada <<'END'
# Of users.ada.
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDB5HPlVHobgFyLtzCC7J+VsZiZtbFeghwCE9zfxw+8S ada
END
put 440 root:root /etc/sudoers.d/hardway-ada <<'END'
ada ALL=(ALL:ALL) NOPASSWD: ALL
END
put 644 root:root /etc/ssh/authorized_keys.d/bob <<'END'
# Of users.bob.
END
put 644 root:root /etc/motd <<'END'
Hello
END
put 755 root:root /usr/local/bin/hello <<'END'
#!/bin/sh
echo hello
END
put_secrets

give_back_paths "${paths[@]}"
give_back_users "${users[@]}"

# --- delete ---
# The machine's own settings, which a person may take back at any time: what this step has placed and made is written down, so
# that it gives back that and nothing else. A file that was there before is kept, and comes back.
settings=$stamps/system

# recorded WHAT: sets the array mine to the files or users that are this step's.
recorded() {
  mine=()
  [[ ! -e $settings/$1 ]] || mapfile -t mine <"$settings/$1"
}

# record WHAT NAME ...: these are this step's from now on, and no others.
record() {
  local what=$1 text=''; shift
  (($# == 0)) || printf -v text '%s\n' "$@"
  place 600 root:root "$settings/$what" "$text"
}

# among NAME NAMES ...: whether the first is one of the others.
among() {
  local one
  for one in "${@:2}"; do [[ $one != "$1" ]] || return 0; done
  return 1
}

# take_paths PATH ...: what is there of somebody else's is kept.
take_paths() {
  local path mine new=()
  recorded files
  for path; do
    ! among "$path" "${mine[@]}" || continue
    [[ ! -d $path || -L $path ]] || fail "$path is a directory here; choose another path"
    new+=("$path")
    rm -rf "$settings/before$path"
    [[ -e $path || -L $path ]] || continue
    mkdir -p "$settings/before${path%/*}"
    cp --archive --no-target-directory "$path" "$settings/before$path"
  done
  ((${#new[@]} == 0)) || record files "${mine[@]}" "${new[@]}"
}

# give_back_paths PATH ...: all but these are as they were before.
give_back_paths() {
  local path kept mine
  recorded files
  for path in "${mine[@]}"; do
    ! among "$path" "$@" || continue
    kept=$settings/before$path
    if [[ -e $kept || -L $kept ]]; then
      cp --archive --no-target-directory "$kept" "$path.$0.new"
      mv -fT "$path.$0.new" "$path"
      say "gave back $path"
    else
      rm -f "$path"
      say "removed $path"
    fi
  done
  record files "$@"
}

# take_users NAME ...: users that are there and not this step's are somebody else's.
take_users() {
  local name mine new=()
  recorded users
  for name; do
    ! among "$name" "${mine[@]}" || continue
    ! getent passwd "$name" >/dev/null || fail "this machine has a user $name of its own; choose another name in users"
    new+=("$name")
  done
  ((${#new[@]} == 0)) || record users "${mine[@]}" "${new[@]}"
}

# user NAME SHELL GROUPS: is there, in these groups besides one of the user's own. `*` is a password that nobody can type, and
# yet no lock, which sshd would take for one against keys too.
user() {
  local name=$1 shell=$2 groups=$3 group
  [[ -x $shell ]] || fail "this machine has no $shell; choose another shell for the user $name"
  for group in ${groups//,/ }; do
    getent group "$group" >/dev/null || fail "this machine has no group $group; choose others for the user $name"
  done
  if ! getent passwd "$name" >/dev/null; then
    useradd --create-home --user-group --shell "$shell" --groups "$groups" --password '*' "$name"
    say "made the user $name"
  elif [[ $(getent passwd "$name") != *":$shell" || $(own_groups "$name") != "$groups" ]]; then
    usermod --shell "$shell" --groups "$groups" "$name"
    say "changed the user $name"
  fi
}

# own_groups NAME: those besides the user's first one, as GROUPS has them.
own_groups() {
  local all
  all=$(id --name --groups "$1")
  [[ $all == *' '* ]] || return 0
  tr ' ' '\n' <<<"${all#* }" | sort | paste --serial --delimiters=,
}

# give_back_users NAME ...: all but these are gone, with what they run and with their home directories.
give_back_users() {
  local name mine
  recorded users
  for name in "${mine[@]}"; do
    ! among "$name" "$@" || continue
    if getent passwd "$name" >/dev/null; then
      pkill -KILL --uid "$name" || true
      userdel --force --remove "$name" 2>/dev/null || ! getent passwd "$name" >/dev/null || fail "the user $name can't be removed"
      say "removed the user $name"
    fi
  done
  record users "$@"
}

give_back_paths
give_back_users
rm -rf "$settings"
