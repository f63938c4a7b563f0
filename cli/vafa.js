#!/usr/bin/env node
// The one entry point. It stays JavaScript: an older Node can read it, and so can say what is wrong;
// it cannot load a .ts file, and better-sqlite3 would crash it without a word.
// Node 24.7 is the first with argon2.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `vafa: needs Node 24.7 or newer, this is ${process.versions.node}. Use \`npx vafa …\` or \`npm start\` in the project's folder: they run the Node 24 that npm install put into node_modules.\n`,
  )
  process.exit(2)
}
const [command, next = ''] = process.argv.slice(2)
if (command === 'init' || (['club', 'gateway', 'agent'].includes(command) && next.startsWith('-'))) {
  // V8 lets the space for new objects of each thread of a daemon grow to 128 MB, and keeps it; a box may have 512 MB for
  // everything. It stays at what the start took, and at 8 MB in threads (docs/performance.md). What is compiled holds for
  // these flags only: so they stand before the first of it, and for `vafa init`, which compiles the daemons, too.
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--min-semi-space-size=8')
  setFlagsFromString('--semi-space-growth-factor=1')
}
// Not NODE_COMPILE_CACHE: by that Node opens its cache before the flags are set, and then finds nothing of it good.
const { enableCompileCache } = await import('node:module')
enableCompileCache(process.env.VAFA_COMPILE_CACHE)
await import('./main.ts')
