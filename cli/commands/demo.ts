import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { renderText } from '#receipts/render-text.ts'
import { VafaError } from '#runtime/errors.ts'
import { type PcscdAvailable, pcscdAvailable } from '#simulators/pcscd/available.ts'
import { called } from '../called.ts'
import { buildScene, type Scene } from '../demo/scene.ts'
import { type Chapter, type Outcome, play } from '../demo/story.ts'
import { firstAdministrator } from '../first-administrator.ts'

/** `npm start`: the main job with virtual devices, told as it happens; then it stays up, or ends (`--once`, `--json`). */
export async function demo(options: { once?: boolean; json?: boolean; keep?: string }): Promise<void> {
  const say = (text: string) => void (options.json || process.stdout.write(`${text}\n`))
  say('Vafa: a club and one store, in processes of their own, with virtual devices\n')
  const scene = await buildScene({
    stays: options.once || options.json ? 'no' : 'up',
    ...(options.keep ? { keep: options.keep } : {}),
    pcscd: pcscdOrWhyNot(say),
  })
  let stopped = false
  const stop = async (code: number) => {
    if (stopped) return
    stopped = true
    await scene.close()
    process.exit(code)
  }
  process.once('SIGINT', () => void stop(0))
  process.once('SIGTERM', () => void stop(0))
  try {
    say(`club ready in ${scene.readyMs.club} ms, gateway in ${scene.readyMs.gateway} ms`)
    say(
      scene.reader.via === 'pcscd'
        ? 'cards go through a real pcscd and a virtual reader of vsmartcard'
        : `cards go through the driver’s own virtual reader; for a real pcscd this is missing: ${scene.reader.because}`,
    )
    let number = 0
    const outcome = await play(scene, (chapter) => {
      number += 1
      say(`\n${number}. ${chapter.title}\n${tellChapter(chapter)}`)
    })
    if (outcome.balance !== outcome.expected)
      throw new VafaError({
        key: 'demo.broken',
        message: `the ledger has ${outcome.balance} rials, the receipts say ${outcome.expected}`,
      })
    if (options.json) process.stdout.write(`${JSON.stringify(resultOf(scene, outcome))}\n`)
    say(ending(scene, outcome))
    if (options.once || options.json) return await stop(0)
    say(whatNext(scene))
  } catch (error) {
    await scene.close()
    process.stderr.write(`the logs are in ${scene.folder}\n`)
    throw error
  }
}

/** Builds the PC/SC binding where that is all that is missing; `npm install` runs no build. */
function pcscdOrWhyNot(say: (text: string) => void): PcscdAvailable {
  const available = pcscdAvailable()
  if (available.ok || !available.buildable) return available
  say('pcscd is here; building the PC/SC binding for it, once (some ten seconds) …')
  spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/build-pcsc.js', import.meta.url))], { stdio: 'ignore' })
  return pcscdAvailable()
}

const rials = (amount: number) => `${amount.toLocaleString('en-US')} rials`

function tellChapter({ step, lines = [] }: Chapter): string {
  const told = lines.map((line) => `   ${line}`)
  if (step) {
    told.push(
      `   total ${rials(step.total)}, discount ${rials(step.discount)}, payable ${rials(step.payable)}; ${step.status}, credit ${rials(step.credit)}`,
      `   ${step.what === 'reversal' ? 'reversal' : 'completion'} → result ${step.resultMs} ms → paper ${step.paperMs} ms (${step.png})`,
      '',
      ...renderText(step.receipt, { language: 'fa', columns: 40, timeZone: 'Asia/Tehran' }).map((line) => `      ${line}`),
    )
  }
  return told.join('\n')
}

function ending(scene: Scene, outcome: Outcome): string {
  return `
The ledger's balance of the member: ${rials(outcome.balance)}, as the receipts add up.
Receipts as printed (PNG), databases and logs: ${scene.folder}`
}

function inBrowser({ clubConfig, gatewayConfig }: Scene, { port, password, storePort }: NonNullable<Scene['pages']>): string {
  return `

In a browser on this machine:
  http://127.0.0.1:${port}/             head office, as ${firstAdministrator} with the one-time password ${password}
  http://127.0.0.1:${storePort}/kiosk        the kiosk: ${called} sim tap --lane kiosk-1 --card sara -c ${gatewayConfig}
                                     a visitor’s mobile: ${called} sim mobile 09121234567 -c ${clubConfig}
  http://127.0.0.1:${storePort}/lane/lane-1  the cashier's screen`
}

function whatNext(scene: Scene): string {
  return `
It stays up. To try next, in another terminal in this folder:
  ${called} sim sale -c ${scene.gatewayConfig} --phone 09121234567 --enrol Reza --amount 500000
  ${called} sim sale -c ${scene.gatewayConfig} --phone 09121234567 --amount 700000 --reverse --language en
  ${called} sim --help${scene.pages ? inBrowser(scene, scene.pages) : ''}
Ctrl-C ends it.`
}

/** What `--json` prints: one object. Amounts in rials, times in milliseconds. */
function resultOf(scene: Scene, outcome: Outcome) {
  return {
    ok: true,
    reader: scene.reader.via,
    readyMs: scene.readyMs,
    member: outcome.member.memberid,
    steps: outcome.steps,
    balance: outcome.balance,
    folder: scene.folder,
  }
}
