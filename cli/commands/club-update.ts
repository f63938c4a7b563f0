import { statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, resolve } from 'node:path'
import { readClubConfig } from '#club/config.ts'
import { signingPart } from '#club/fleet/signing-part.ts'
import { type UpdateDraft, type UpdateStanding, updateGoodForMs } from '#club/fleet/updates.ts'
import { readProgrammeKey } from '#club/key-file.ts'
import { hashOf } from '#gateway/updates/download.ts'
import { type SignedDocument, signDocument } from '#protocol/signing.ts'
import { releaseVersion, type UpdateManifest } from '#protocol/update.ts'
import { VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { reachRunningClub } from '../running-club.ts'

interface Where {
  config: string
  who?: string
  json?: boolean
}

/** `vafa club update start PACKAGE…`: gives boxes a new version, stage by stage. */
export async function start(
  packages: readonly string[],
  options: Where & { stage: { name: string; stores: string[] }[]; seconds: number; older?: boolean; key?: string },
): Promise<void> {
  const files = packages.map((path) => ({ ...describe(path), path: resolve(path) }))
  const [version] = new Set(files.map((one) => one.version))
  if (version === undefined || files.some((one) => one.version !== version))
    throw new VafaError({ key: 'usage', message: 'the packages are of several versions', hint: 'one version at a time' })
  const draft = {
    version,
    ...(options.older ? { older: 'allowed' as const } : {}),
    actor: actorOf(options),
    stages: options.stage.length > 0 ? options.stage : [{ name: 'all', stores: [] }],
    healthyseconds: options.seconds,
  }
  const given = files.map(({ path, architecture }) => ({ path, architecture }))
  const signed =
    options.key === undefined ? undefined : await signWith(options.key, { draft, files: given, config: options.config })
  await withClub(options, (club) => club.startUpdate({ files: given, ...(signed ? { signed } : { draft }) }))
}

/** With a key of its own for updates, which the club does not have. */
async function signWith(
  keyFile: string,
  { draft, files, config }: { draft: UpdateDraft; files: { path: string; architecture: 'amd64' | 'arm64' }[]; config: string },
): Promise<SignedDocument> {
  const now = systemRuntime.now()
  const packages: UpdateManifest['packages'] = []
  for (const { path, architecture } of files)
    packages.push({ architecture, sha256: await hashOf(path), size: statSync(path).size })
  const manifest: UpdateManifest = {
    ...draft,
    id: systemRuntime.uuid(),
    club: readClubConfig(config).club,
    at: new Date(now).toISOString(),
    expiresat: new Date(now + updateGoodForMs).toISOString(),
    packages,
  }
  return signDocument(JSON.stringify(manifest), signingPart(readProgrammeKey(keyFile)), 'update')
}

export const show = (options: Where) => withClub(options, (club) => club.update())
export const halt = (options: Where) => withClub(options, (club) => club.haltUpdate({ actor: actorOf(options) }))
export const resume = (options: Where) => withClub(options, (club) => club.resumeUpdate({ actor: actorOf(options) }))

const actorOf = ({ who }: Where) => who ?? userInfo().username

/** A package is called as `npm run package` calls it; the box looks into it before it installs it. */
function describe(path: string): { version: string; architecture: 'amd64' | 'arm64' } {
  const [, version = '', architecture] = /^vafa_([^_]+)_(amd64|arm64)\.deb$/.exec(basename(path)) ?? []
  if ((architecture !== 'amd64' && architecture !== 'arm64') || !releaseVersion.safeParse(version).success)
    throw new VafaError({
      key: 'usage',
      message: `${path} is not called as a package of Vafa is`,
      hint: 'vafa_0.2.0_amd64.deb, as `npm run package` writes it',
    })
  return { version, architecture }
}

async function withClub(
  options: Where,
  act: (club: Awaited<ReturnType<typeof reachRunningClub>>) => Promise<UpdateStanding | null>,
): Promise<void> {
  const club = await reachRunningClub(readClubConfig(options.config).control)
  try {
    const standing = await act(club)
    process.stdout.write(options.json ? `${JSON.stringify(standing)}\n` : textOf(standing))
  } finally {
    club.close()
  }
}

function textOf(standing: UpdateStanding | null): string {
  if (!standing) return 'there was no update\n'
  const { manifest, rollout, stores } = standing
  const stage = manifest.stages[rollout.stage]?.name
  const open = stores.filter(({ progress }) => progress !== 'done').length
  const how = rollout.halted !== undefined ? `halted: ${rollout.halted}` : open === 0 ? 'every store has it' : `stage ${stage}`
  const lines = stores.map(
    ({ store, stage: own, progress, version, reason }) =>
      `  ${store}  ${own}  ${progress}${version === undefined ? '' : `  ${version}`}${reason === undefined ? '' : `  ${reason}`}`,
  )
  return `${[`version ${manifest.version}, by ${manifest.actor} at ${manifest.at}: ${how}`, ...lines].join('\n')}\n`
}
