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
const { enableCompileCache } = await import('node:module')
enableCompileCache()
await import('./main.ts')
