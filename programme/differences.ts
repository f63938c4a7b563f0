import type { Localised } from '#protocol/text.ts'
import { explainRule } from './explain.ts'
import { explainSettings } from './explain-settings.ts'
import type { Programme, Rule } from './schema.ts'
import { both } from './sentences.ts'

/** What changed from one programme to another, rule by rule; empty where nothing did. */
export interface ProgrammeChange {
  what: 'added' | 'removed' | 'changed' | 'setting'
  /** A rule's id, or the name of a setting of the whole programme. */
  name: string
  before?: Localised
  after?: Localised
}

export function compareProgrammes(old: Programme, fresh: Programme): ProgrammeChange[] {
  const changes: ProgrammeChange[] = []
  const plain = (value: string | number | undefined) => both(() => String(value ?? '–'))
  for (const key of ['id', 'version', 'currency', 'visitGap', 'timeZone'] as const) {
    if (old[key] === fresh[key]) continue
    changes.push({ what: 'setting', name: key, before: plain(old[key]), after: plain(fresh[key]) })
  }
  changes.push(...changedSettings(old, fresh))
  const before = new Map(old.rules.map((rule) => [rule.id, rule]))
  for (const rule of fresh.rules) {
    const was = before.get(rule.id)
    before.delete(rule.id)
    if (!was) changes.push({ what: 'added', name: rule.id, after: explainRule(rule, fresh) })
    else if (JSON.stringify(was) !== JSON.stringify(rule))
      changes.push({ what: 'changed', name: rule.id, before: withOrder(was, old), after: withOrder(rule, fresh) })
  }
  for (const rule of before.values()) changes.push({ what: 'removed', name: rule.id, before: explainRule(rule, old) })
  return changes
}

/** What a programme settles besides its rules: a sentence is as good as what it tells. */
function changedSettings(old: Programme, fresh: Programme): ProgrammeChange[] {
  const none = both(() => '–')
  const told = (programme: Programme) => new Map(explainSettings(programme).map(({ name, text }) => [name, text]))
  const [before, after] = [told(old), told(fresh)]
  const changes: ProgrammeChange[] = []
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name) ?? none, after.get(name) ?? none]
    if (was.fa !== is.fa || was.en !== is.en) changes.push({ what: 'setting', name, before: was, after: is })
  }
  const order = ({ tiers }: Programme) => tiers?.list.map(({ id }) => id).join(' < ')
  if (old.tiers && fresh.tiers && order(old) !== order(fresh))
    changes.push({
      what: 'setting',
      name: 'tiers.order',
      before: both(() => order(old) ?? '–'),
      after: both(() => order(fresh) ?? '–'),
    })
  return changes
}

/** The order belongs to what a change may be about; a rule's own sentence leaves it out. */
function withOrder(rule: Rule, programme: Programme): Localised {
  const text = explainRule(rule, programme)
  return both((language) => `${text[language]} (${language === 'fa' ? 'ترتیب' : 'order'} ${rule.order})`)
}
