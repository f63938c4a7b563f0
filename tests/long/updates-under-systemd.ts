import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { parse, stringify } from 'yaml'
import type { UpdateStanding } from '#club/fleet/updates.ts'
import { buildPackage } from '../../scripts/debian/build.ts'
import { bootRoot } from './booted-root.ts'
import { makeCleanRoot } from './clean-root.ts'

export interface UpdateFigures {
  /** From head office's word until the box had proved the new version. */
  doneSeconds: number
  /** From head office's word, about a version whose gateway dies at its start, until the former one sold again. */
  rolledBackSeconds: number
  sales: { acknowledged: number; booked: number }
  /** How often systemd had to start the gateway of the bad version again. */
  restarts: number
  /** Facts tell in which run of the machine they were made, though the sandbox hides the kernel's file. */
  bootIdIsTheMachines: boolean
}

const checkout = resolve(import.meta.dirname, '../..')
const clubFile = '/var/lib/vafa/club/club.yaml'
const gatewayFile = '/var/lib/vafa/gateway/gateway.yaml'

/** Packs a package again under another version, with a file that is otherwise. */
function repack(
  file: string,
  { version, out, change }: { version: string; out: string; change?: { path: string; text: string } },
) {
  const tree = mkdtempSync(join(tmpdir(), 'vafa-repack-'))
  try {
    execFileSync('dpkg-deb', ['--raw-extract', file, tree])
    const control = join(tree, 'DEBIAN/control')
    writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`))
    const manifest = join(tree, 'opt/vafa/package.json')
    writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version }))
    if (change) writeFileSync(join(tree, change.path), change.text)
    const packed = join(out, basename(file).replace(/_[^_]+_/, `_${version}_`))
    execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, packed], { stdio: 'ignore' })
    return packed
  } finally {
    rmSync(tree, { recursive: true })
  }
}

/**
 * A box and its club under a running systemd, from the package: head office's update comes, is installed by
 * vafa-update.service and proves itself; one whose gateway dies at its start is taken back by the box itself. Sales go on.
 */
export async function tryUpdatesUnderSystemd(): Promise<UpdateFigures> {
  const out = mkdtempSync(join(tmpdir(), 'vafa-updates-'))
  const clean = makeCleanRoot()
  try {
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
    const first = buildPackage({ root: checkout, architecture, version: '0.0.7', out, compression: 'none' })
    const good = repack(first, { version: '0.0.8', out })
    const dead = { path: 'opt/vafa/cli/commands/gateway.ts', text: "throw new Error('born dead')\n" }
    const bad = repack(first, { version: '0.0.9', out, change: dead })
    for (const file of [first, good, bad]) copyFileSync(file, join(clean.folder, 'srv', basename(file)))
    writeFileSync(
      join(clean.folder, 'etc/apt/apt.conf.d/90story'),
      'APT::Install-Recommends "false";\nAPT::Get::Assume-Yes "true";\n',
    )
    const booted = await bootRoot(clean.folder)
    try {
      return await tell(booted.run, { root: clean.folder, first, good, bad })
    } catch (error) {
      process.stderr.write(booted.run('journalctl --no-pager -n 80 -u "vafa-*"'))
      throw error
    } finally {
      await booted.close()
    }
  } finally {
    clean.close()
    rmSync(out, { recursive: true })
  }
}

async function tell(
  run: (line: string) => string,
  { root, first, good, bad }: { root: string; first: string; good: string; bad: string },
): Promise<UpdateFigures> {
  const vafa = (line: string) => run(`runuser -u vafa -- vafa ${line}`)
  const edit = (file: string, change: (config: Record<string, unknown>) => void) => {
    const config = parse(readFileSync(join(root, file), 'utf8'))
    change(config)
    writeFileSync(join(root, file), stringify(config))
  }
  let acknowledged = 0
  const sell = (more = '') => {
    vafa(`sim sale --till 127.0.0.1:4400 --phone 09121234567 ${more} --amount 400000`)
    acknowledged += 1
  }
  const until = async <T>(what: string, seconds: number, found: () => T | undefined): Promise<T> => {
    const end = performance.now() + seconds * 1_000
    for (;;) {
      const one = found()
      if (one !== undefined) return one
      if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    }
  }

  run(`apt install /srv/${basename(first)}`)
  vafa('init /var/lib/vafa/club --stores s1')
  edit(clubFile, (club) => {
    club.trust = {
      names: ['127.0.0.1'],
      listen: { host: '127.0.0.1', port: 8883 },
      enrolment: { host: '127.0.0.1', port: 8884 },
    }
  })
  vafa(`club trust init -c ${clubFile}`)
  run('systemctl enable --now vafa-club')
  const [code = ''] = /\S+/.exec(vafa(`club box code s1 -c ${clubFile}`)) ?? []
  vafa(`gateway enrol ${code} --club 127.0.0.1:8884 --folder /var/lib/vafa/gateway`)
  edit(gatewayFile, (gateway) => {
    gateway.updates = {}
    // Of virtual customers.
    gateway.simulators = 'all-lanes'
    gateway.devices = [{ device: 'till', lane: 'lane-1', driver: 'till-tcp', options: { port: 4400 } }]
  })
  run(`vafa gateway update-keys -c ${gatewayFile}`)
  run('systemctl enable --now vafa-gateway vafa-update.path')
  sell('--enrol Sara')

  const show = () => JSON.parse(vafa(`club update show --json -c ${clubFile}`)) as UpdateStanding
  const store = () => show().stores.find((one) => one.store === 's1')
  const version = () => run('vafa --version').trim()
  const started = async (file: string, seconds: number, found: () => unknown) => {
    const begun = performance.now()
    vafa(`club update start /srv/${basename(file)} --stage rest --seconds ${seconds} --who verify --json -c ${clubFile}`)
    await until(`${basename(file)}: ${JSON.stringify(store())}`, 600, found)
    return Math.round((performance.now() - begun) / 1_000)
  }
  const doneSeconds = await started(good, 300, () => (store()?.progress === 'done' ? true : undefined))
  if (version() !== '0.0.8') throw new Error(`the box says ${version()}`)
  sell()
  const rolledBackSeconds = await started(bad, 60, () => (store()?.reason?.includes('rolled-back') ? true : undefined))
  if (version() !== '0.0.8') throw new Error(`the box says ${version()} after going back`)
  const told = run('journalctl --no-pager -u vafa-gateway')
  const restarts = told.split('born dead').length - 1
  run('systemctl is-active vafa-gateway')
  sell()
  await until('all sales are booked', 60, () => (booked(root).count === acknowledged ? true : undefined))
  const { count, bootids } = booked(root)
  const machine = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return {
    ...{ doneSeconds, rolledBackSeconds, restarts },
    sales: { acknowledged, booked: count },
    bootIdIsTheMachines: bootids.length === 1 && bootids[0] === machine,
  }
}

/** Sales in the club's books, and in which runs of the machine they were made. */
function booked(root: string): { count: number; bootids: string[] } {
  const database = new Database(join(root, 'var/lib/vafa/club/data/club.sqlite'), { readonly: true })
  try {
    const bodies = database.prepare<[], string>("SELECT body FROM journal WHERE type = 'vafa.sale.completed.v1'").pluck().all()
    const bootids = new Set(bodies.map((body) => (JSON.parse(body) as { bootid: string }).bootid))
    return { count: bodies.length, bootids: [...bootids] }
  } finally {
    database.close()
  }
}
