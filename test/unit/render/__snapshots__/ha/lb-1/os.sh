# The machine before any component: booted, and with the commands that the steps need.
# cloud-init must have finished this machine's first boot.
booted() { [[ -e /var/lib/cloud/instance/boot-finished ]]; }
wait_for 900 cloud-init booted || fail "cloud-init has not finished after 900 s; see /var/log/cloud-init.log on this node"
for command in curl flock gzip ip sha256sum sysctl tar; do
  command -v "$command" >/dev/null || fail "the image lacks the command $command; use an image that has it"
done

put 600 root:root /etc/ssh/authorized_keys.d/root <<'END'
# Of ssh.authorizedKeys. The program's own key is in root's own file.
END
put 644 root:root /etc/systemd/system/serial-getty@ttyS0.service.d/hardway-autologin.conf <<'END'
# `./lab console` logs in as root.
[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --keep-baud 115200,57600,38400,9600 - $TERM
END
systemctl daemon-reload
systemctl try-restart serial-getty@ttyS0.service
put 644 root:root /etc/systemd/system/service.d/hardway-timer-slack.conf <<'END'
# This processor is emulated, and a wake-up costs as much as work. So timers are grouped.
[Service]
TimerSlackNSec=10ms
END

# --- delete ---
rm -rf /etc/ssh/authorized_keys.d/root \
  /etc/systemd/system/serial-getty@ttyS0.service.d/hardway-autologin.conf \
  /etc/systemd/system/service.d/hardway-timer-slack.conf \
  /opt/hardway \
  /var/lib/hardway
