#!/bin/sh
# A browser and nothing else on the machine's screen: Chromium in kiosk mode, in cage, a Wayland compositor that shows one
# program. systemd/vafa-kiosk.service starts it and says which page.
set -eu
url=${VAFA_KIOSK_URL:?says which page}
for program in cage chromium; do
  if ! command -v "$program" > /dev/null; then
    echo "vafa-kiosk: there is no $program: apt install --no-install-recommends cage xwayland chromium" >&2
    exit 4
  fi
done
# Of one customer nothing stays for the next, and nothing stays at a restart. Where the page does not answer yet, the
# browser tries it again by itself.
exec cage -d -- chromium --kiosk --ozone-platform=wayland --incognito --user-data-dir="${RUNTIME_DIRECTORY:?}/chromium" \
  --enable-auto-reload --no-first-run --noerrdialogs --disable-session-crashed-bubble --disable-features=Translate \
  --disable-pinch --overscroll-history-navigation=0 --disable-sync --disable-background-networking \
  --disable-component-update --password-store=basic --lang=fa "$url"
