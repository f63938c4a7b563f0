import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const execute = promisify(execFile)
let server: string

/** A terminal of 120 × 40 that a person sits at: tmux draws what it is sent, and types what it is told. */
const tmux = (...args: string[]) => execute('tmux', ['-u', '-L', server, ...args], { env: { ...process.env, LANG: 'C.UTF-8' } })
const screen = async () => (await tmux('capture-pane', '-p', '-t', 'sim')).stdout
const type = (...keys: string[]) => tmux('send-keys', '-t', 'sim', ...keys)
const shows = (what: RegExp | string) =>
  expect
    .poll(screen, { timeout: 15_000 })
    .toEqual(expect.stringMatching(typeof what === 'string' ? new RegExp(what.replaceAll(/[()]/g, '\\$&')) : what))

beforeEach(async () => {
  server = `vafa-${process.pid}-${Math.random().toString(36).slice(2)}`
  const command = `${process.execPath} cli/vafa.js sim --language en; echo "ended with $?"; exec cat`
  await tmux('new-session', '-d', '-s', 'sim', '-x', '120', '-y', '40', command)
  await shows('lane-1-display ▐Welcome')
})
afterEach(() => tmux('kill-server').catch(() => undefined))

describe('vafa sim', { timeout: 60_000 }, () => {
  test('shows the store’s devices, and its keys tap, enrol and sell', async () => {
    await shows(/▸ ● lane-1-till +till-tcp/)
    await type('t', 'Enter')
    await shows('sara was read')
    await type('e', 'Enter')
    await shows('enrol: done')
    await type('b')
    await shows('sale (rials) @ lane-1-till: 1250000')
    await type('9', '0', '0', '0', '0', '0', 'Enter')
    await shows('sale: done')
    await shows(/answer result.*accepted/)
    await shows('receipt · lane-1-till')
    await shows(/lane-1-printer +paper of/)
    await type('q')
    await shows('ended with 0')
  })

  test('its keys break a device and mend it, and cut the line to the club', async () => {
    await type('Up', 'Up', 'Up', 'Up', 'Up', 'Up', 'Up')
    await shows(/▸ ● lane-1-printer/)
    await type('x')
    await shows('fault @ lane-1-printer: garbage')
    await type('p', 'a', 'p', 'Enter')
    await shows(/▸ ◐ lane-1-printer +printer-escpos +✗ paper-out/)
    await type('m')
    await shows(/▸ ● lane-1-printer +printer-escpos *$/m)
    await type('c')
    await shows('line to the club CUT')
    await type('c')
    await shows('line to the club whole')
  })
})
