# Boots a systemd of its own over this machine's files, without changing them: everything written goes to memory. Called
# by systemd.test.ts in new namespaces; $1 is a folder that both sides see, with drive.sh in it.
set -eu
shared=$1
mem=$shared/mem
mkdir "$mem"
mount -t tmpfs tmpfs "$mem"
mkdir "$mem/up" "$mem/work" "$mem/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$mem/up,workdir=$mem/work" "$mem/root"
root=$mem/root
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir "$root/shared"
mount --bind "$shared" "$root/shared"
# Nothing of this machine's own starts: only what the drive asks for.
rm -rf "$root"/etc/systemd/system/*.wants "$root/etc/systemd/system/default.target" "$root/etc/fstab"
mkdir -p "$root/etc/systemd/system/drive.target.wants"
printf '[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n' >"$root/etc/systemd/system/drive.target"
cat >"$root/etc/systemd/system/drive.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh /shared/drive.sh
StandardOutput=append:/shared/said
StandardError=append:/shared/said
UNIT
ln -s ../drive.service "$root/etc/systemd/system/drive.target.wants/drive.service"
exec chroot "$root" env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=drive.target --log-target=null
