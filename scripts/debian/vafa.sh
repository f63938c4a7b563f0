#!/bin/sh
# The command of an installation: Vafa by the Node that came with it.
export VAFA_CALLED=vafa
# What Node has compiled is kept where the daemons find it too, by its owner alone.
if [ -z "$VAFA_COMPILE_CACHE" ] && [ -O /var/cache/vafa ]; then
	export VAFA_COMPILE_CACHE=/var/cache/vafa
fi
exec /opt/vafa/node_modules/.bin/node /opt/vafa/cli/vafa.js "$@"
