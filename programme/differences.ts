import type { Localised } from '#protocol/text.ts'
import { both, explainRule } from './explain.ts'
import type { Programme, Rule } from './schema.ts'

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
  for (const key of ['id', 'version', 'currency', 'inForceFrom', 'visitGap', 'timeZone'] as const) {
    if (old[key] === fresh[key]) continue
    const plain = (value: string | number | undefined) => both(() => String(value ?? '–'))
    changes.push({ what: 'setting', name: key, before: plain(old[key]), after: plain(fresh[key]) })
  }
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

/** The order belongs to what a change may be about; a rule's own sentence leaves it out. */
function withOrder(rule: Rule, programme: Programme): Localised {
  const text = explainRule(rule, programme)
  return both((language) => `${text[language]} (${language === 'fa' ? 'ترتیب' : 'order'} ${rule.order})`)
}
