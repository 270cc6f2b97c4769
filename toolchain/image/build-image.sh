#!/bin/bash
# build-image.sh OUT.qcow2: makes a BIOS-bootable Debian 12 cloud image from Debian's packages alone.
#
# For machines that reach a Debian archive but no cloud image. It takes the user-data of any
# distribution's image (NoCloud seed, static network-config included) and grows to its disk; what
# it does otherwise than Debian's own image is in rootfs/, each file with its reason. It is as strict
# as Debian's, unless the machine is emulated: the domain's SMBIOS family says so.
#
# No loop device, mount, or grub-install is needed: mke2fs fills the file system from a directory,
# and GRUB's two parts are put where the BIOS looks for them.
# Needs root, and of Debian's packages: mmdebstrap qemu-utils e2fsprogs fdisk grub-pc-bin.
set -euo pipefail
[ "${1:-}" = --inside ] && out=$2 || out=${1:?usage: build-image.sh OUT.qcow2}
size_mib=${SIZE_MIB:-4096} # smallest disk a machine may have; larger ones are grown into at boot
suite=bookworm
here=$(cd "${0%/*}" && pwd)
export LC_ALL=C.UTF-8

missing=()
for tool in mmdebstrap:mmdebstrap qemu-img:qemu-utils mke2fs:e2fsprogs sfdisk:fdisk grub-mkimage:grub-common; do
  PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done
grub=/usr/lib/grub/i386-pc
[ -e $grub/boot.img ] || missing+=(grub-pc-bin)
if [ ${#missing[@]} -gt 0 ]; then
  echo "build-image.sh: Debian packages missing: ${missing[*]}; install them with: apt-get install ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "build-image.sh: must run as root (files of the image belong to root), not as $(id -un)" >&2
  exit 1
fi

# Namespaces of its own: whatever ends this script takes its children and mounts along.
if [ "${1:-}" != --inside ]; then
  exec unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside "$out"
fi

work=$(mktemp --directory "${TMPDIR:-/var/tmp}/hardway-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # else apt, which drops to a user of its own, warns
root=$work/root
units=$root/etc/systemd/system

echo "packages" # one word a stage on standard output: progress for the caller
cat >"$work/initramfs.sh" <<'HOOK'
# Before the kernel package makes its initramfs: only what mounting the root disk takes.
mkdir -p "$1/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=zstd\nFSTYPE=ext4\nRESUME=none\n' >"$1/etc/initramfs-tools/conf.d/vm"
printf 'virtio_pci\nvirtio_blk\next4\ncrc32c_generic\n' >"$1/etc/initramfs-tools/modules"
HOOK
mmdebstrap --quiet --variant=minbase --include="$(paste --serial --delimiters=, "$here/packages.txt")" \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --essential-hook="sh $(printf %q "$work/initramfs.sh") \"\$1\"" \
  $suite "$root"

echo "settings"
cp --recursive --preserve=mode "$here/rootfs/." "$root/"
echo 'LABEL=root / ext4 defaults,noatime 0 1' >"$root/etc/fstab"
: >"$root/etc/machine-id" # empty: each machine gets its own at its first boot
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/etc/cloud/cloud.cfg.d/90_dpkg.cfg"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

wants=$units/multi-user.target.wants
mkdir -p "$wants" "$root/etc/systemd/system-generators"
# Without networkd, which minbase leaves off, nothing applies the network-config of cloud-init.
ln -sf /lib/systemd/system/systemd-networkd.service /lib/systemd/system/cloud-init.target "$wants/"
ln -sf ../check-clock.service ../cloud-finish.service ../grow-root.service "$wants/"
ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
rm -f "$units/sysinit.target.wants/systemd-timesyncd.service" # started by usr/lib/hardway/finish
rm -f "$wants"/{haproxy,keepalived}.service # a load balancer has units of its own
# What an emulated processor has no time for.
for unit in cloud-init-hotplugd.socket apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-binfmt.service \
  modprobe@{drm,efi_pstore,dm_mod,loop}.service sys-kernel-{debug,tracing}.mount \
  systemd-pstore.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
  getty@tty1.service proc-sys-fs-binfmt_misc.automount; do
  mkdir -p "$units/$unit.d"
  printf '[Unit]\nConditionKernelCommandLine=!hardway.emulated\n' >"$units/$unit.d/not-if-emulated.conf"
done
# Generators run at every daemon-reload: with these it takes 10 s under emulation, without 1.6 s.
for generator in cloud-init-generator systemd-{bless-boot,cryptsetup,debug,gpt-auto,hibernate-resume,integritysetup,rc-local,run,system-update,sysv,veritysetup}-generator; do
  ln -sf /dev/null "$root/etc/systemd/system-generators/$generator"
done

kernel=$(basename "$root"/boot/vmlinuz-*)
version=${kernel#vmlinuz-}
for module in overlay br_netfilter nf_tables ip_vs vxlan nf_conntrack; do
  chroot "$root" modinfo --set-version "$version" "$module" >/dev/null
done
# Under emulation alone: what protects from code of others costs too much there, and so do modules
# for instructions that the processor has no hardware for. tsc: else acpi_pm is the clock.
emulated="hardway.emulated mitigations=off apparmor=0 selinux=0 nokaslr fsck.mode=skip audit=0 tsc=reliable no_timer_check systemd.show_status=false"
emulated+=" modprobe.blacklist=kvm_amd,kvm_intel,kvm,powernow_k8,aesni_intel,sha512_ssse3,sha256_ssse3,sha1_ssse3,ghash_clmulni_intel,crct10dif_pclmul,crc32_pclmul,serio_raw,evdev,efi_pstore"
# dsmode=local: see rootfs/etc/cloud/cloud.cfg. The family is at byte 26 of SMBIOS' system structure.
mkdir -p "$root/boot/grub"
cat >"$root/boot/grub/grub.cfg" <<GRUB
smbios --type 1 --get-string 26 --set family
if [ "\$family" = hardway-emulated ]; then
  set emulated="$emulated"
fi
linux /boot/$kernel root=LABEL=root ro console=ttyS0,115200 quiet loglevel=3 "ds=nocloud;dsmode=local" \$emulated
initrd /boot/initrd.img-$version
boot
GRUB

echo "disk" # MBR; GRUB's boot.img in sector 0, its core.img from sector 1; one partition from 1 MiB
truncate --size="$((size_mib - 1))M" "$work/fs"
# prezeroed: a fresh sparse file is all zeros, so the guest need not zero inode tables in the background
mke2fs -q -t ext4 -L root -E root_owner=0:0,assume_storage_prezeroed=1 -d "$root" "$work/fs"
grub-mkimage --format=i386-pc --directory=$grub --prefix='(hd0,msdos1)/boot/grub' \
  --output="$work/core.img" biosdisk part_msdos ext2 normal configfile linux boot smbios test
[ "$(stat --format=%s "$work/core.img")" -lt $((2047 * 512)) ]
truncate --size="${size_mib}M" "$work/disk"
echo '2048,,L,*' | sfdisk --quiet "$work/disk"
dd if=$grub/boot.img of="$work/disk" bs=440 count=1 conv=notrunc status=none
dd if="$work/core.img" of="$work/disk" bs=512 seek=1 conv=notrunc status=none
dd if="$work/fs" of="$work/disk" bs=1M seek=1 conv=notrunc,sparse status=none

echo "compress"
qemu-img convert -O qcow2 -c -o compression_type=zstd "$work/disk" "$out"
[ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID:$SUDO_GID" "$out"
