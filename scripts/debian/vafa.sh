#!/bin/sh
# The command of an installation: Vafa by the Node that came with it.
VAFA_CALLED=vafa
export VAFA_CALLED
exec /opt/vafa/node_modules/.bin/node /opt/vafa/cli/vafa.js "$@"
