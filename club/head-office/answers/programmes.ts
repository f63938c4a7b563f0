import { parseDocument } from 'yaml'
import { compareProgrammes } from '#programme/differences.ts'
import { explainProgramme } from '#programme/explain.ts'
import { explainSettings } from '#programme/explain-settings.ts'
import { inForceFromMs } from '#programme/in-force.ts'
import type { programmeRequests } from '#protocol/head-office/programmes.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { checkProgramme, programmeOfText } from '../../programmes/files.ts'
import type { PublishedProgrammes } from '../../programmes/published.ts'
import type { RunningProgrammes } from '../../programmes/running.ts'
import type { Analyst } from '../analyst.ts'
import type { Answers, Performers, Propose } from '../asker.ts'

type Second = 'programme-publish' | 'programme-roll-back'

/** The club's rules: writing them, trying them, giving them to stores. */
export function programmeAnswers(parts: {
  running: Pick<RunningProgrammes, 'inForce' | 'schedule' | 'texts' | 'reloadPublished'>
  published: PublishedProgrammes
  signs: boolean
  analyst: Pick<Analyst, 'ask'>
  propose: Propose
  /** Resolves when the books decide by what was published. */
  followed(): Promise<void>
  runtime: Runtime
}): { answers: Answers<keyof typeof programmeRequests>; performers: Performers<Second> } {
  const { running, published, analyst, propose, runtime } = parts
  const read = (text: string) => programmeOfText(text, 'draft')
  const textOf = (version: number): string => {
    const found = published.version(version)
    if (found) return found.text
    const { current, next } = running.texts()
    const shown = [current, next].find((one) => one?.version === version)
    if (shown) return shown.text
    throw new VafaError({ key: 'programme.unknown', message: `no version ${version} was published here` })
  }
  const highest = () => {
    const { current, next } = running.schedule()
    return Math.max(current.version, next?.version ?? 0, published.versions()[0]?.version ?? 0)
  }
  const publishable = (text: string) => {
    if (!parts.signs)
      throw new VafaError({
        key: 'programme.unsigned',
        message: 'the club has no private key for programmes',
        hint: 'sign it where the key is: `vafa programme sign`',
      })
    const programme = read(text)
    if (programme.version <= highest())
      throw new VafaError({
        key: 'programme.older',
        message: `version ${programme.version} is not higher than ${highest()}`,
        hint: 'raise `version`: each one stands for one set of rules for ever',
      })
    return programme
  }

  const publish = async (
    { text, why }: { text: string; why: string },
    { by, agreedBy, tell }: Parameters<Performers<Second>['programme-publish']>[1],
  ) => {
    const before = running.inForce()
    const programme = publishable(text)
    const { version } = programme
    const pending = (inForceFromMs(programme) ?? 0) > runtime.now()
    tell({ subject: `version ${version}`, data: { why }, before: { version: before.version } })
    published.publish(
      { ...{ version, text, by, agreedBy, why }, as: pending ? 'next' : 'current', inForce: before.version },
      () => {
        const refused = running.reloadPublished()
        if (refused) throw refused
      },
    )
    if (published.draft()?.text === text) published.keepDraft({ text: '', by: agreedBy })
    await parts.followed()
    tell({ after: { version, ...(pending ? { from: programme.inForceFrom } : {}) } })
    return { version, ...(pending ? { from: new Date(inForceFromMs(programme) ?? 0).toISOString() } : {}) }
  }
  /** The rules of then under a new number, from now on. */
  const again = (version: number): string => {
    const document = parseDocument(textOf(version))
    document.set('version', highest() + 1)
    document.delete('inForceFrom')
    return document.toString()
  }

  return {
    answers: {
      programmes() {
        const { current, next } = running.texts()
        const draft = published.draft()
        return {
          current,
          ...(next ? { next: { ...next, from: new Date(next.from).toISOString() } } : {}),
          ...(draft ? { draft } : {}),
          published: published.versions().map(({ version, publishedat, by, agreedby, why }) => ({
            version,
            publishedAt: publishedat,
            by,
            agreedBy: agreedby,
            why,
          })),
          signs: parts.signs,
        }
      },
      'programme-version': ({ version }) => ({ version, text: textOf(version) }),
      'programme-check'({ text }) {
        const checked = checkProgramme(text)
        if (!checked.ok) return { ok: false, problems: checked.problems }
        const { id, version, rules } = checked.data
        return { ok: true, id, version, rules: rules.length }
      },
      'programme-explain'({ text }) {
        const programme = read(text)
        return {
          settings: explainSettings(programme),
          rules: explainProgramme(programme).map(({ ruleid, text: said }) => ({ name: ruleid, text: said })),
        }
      },
      'programme-diff': ({ text, against }) => ({
        changes: compareProgrammes(against === undefined ? running.inForce() : read(textOf(against)), read(text)),
      }),
      'programme-dry-run'(asked) {
        read(asked.text)
        return analyst.ask('programme-dry-run', asked)
      },
      'programme-draft'({ text }, { user, tell }) {
        tell({ subject: 'draft', data: { characters: text.length } })
        published.keepDraft({ text, by: user.name })
        return {}
      },
      'programme-publish'({ text, why }, { user, tell }) {
        const { version } = publishable(text)
        const subject = `version ${version}`
        tell({ subject, data: { why } })
        return propose('programme-publish', { subject, data: { text, why }, by: user.name })
      },
      'programme-roll-back'({ version, why }, { user, tell }) {
        tell({ subject: `version ${version}`, data: { why } })
        publishable(again(version))
        return propose('programme-roll-back', { subject: `version ${version}`, data: { version, why }, by: user.name })
      },
    },
    performers: {
      'programme-publish': publish,
      'programme-roll-back': ({ version, why }, agreed) => publish({ text: again(version), why }, agreed),
    },
  }
}
