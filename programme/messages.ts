import { type Localised, toPersianDigits } from '#protocol/text.ts'
import { civilTime, instantOf, parseClock, type TimeZone } from './calendar.ts'
import type { CompiledRule } from './compiled.ts'
import { expiringFields, type MessageEffect } from './effects.ts'
import { type DecisionEvent, expiringOf } from './events.ts'

/** A message that a rule schedules; its fields are filled in when it is sent. */
export interface ScheduledMessage {
  ruleid: string
  channel: MessageEffect['channel']
  text: MessageEffect['text']
  /** ISO 8601. */
  due: string
}

/** A word to head office. */
export interface Alert {
  ruleid: string
  text: Localised
}

export function messagesOf(
  matched: readonly CompiledRule[],
  { event, ...at }: { event: DecisionEvent; effectiveAt: string; timeZone: TimeZone },
): ScheduledMessage[] {
  const messages: ScheduledMessage[] = []
  for (const rule of matched)
    for (const { channel, text, after } of rule.messages)
      messages.push({ ruleid: rule.id, channel, text: filled(text, event), due: dueAt(after, at) })
  return messages
}

export function alertsOf(matched: readonly CompiledRule[]): Alert[] {
  const alerts: Alert[] = []
  for (const rule of matched) for (const { text } of rule.alerts) alerts.push({ ruleid: rule.id, text })
  return alerts
}

/** How much runs out and when is known now and not when the message is sent; it says nothing of who the member is. */
function filled(text: MessageEffect['text'], event: DecisionEvent): MessageEffect['text'] {
  const expiring = expiringOf(event)
  if (!expiring) return text
  const [amount, days] = expiringFields
  const put = (line: string, number: (n: number) => string) =>
    line.replaceAll(`{${amount}}`, number(expiring.amount)).replaceAll(`{${days}}`, number(expiring.days))
  return { fa: put(text.fa, (n) => toPersianDigits(grouped(n))), en: put(text.en, grouped) }
}

/** `1234567` → `1,234,567`, by no locale of the machine's. */
const grouped = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** Never before the event itself, also where the time of that day has passed. */
function dueAt(after: MessageEffect['after'], { effectiveAt, timeZone }: { effectiveAt: string; timeZone: TimeZone }): string {
  const now = Date.parse(effectiveAt)
  if (!after) return new Date(now).toISOString()
  const { day } = civilTime(now, timeZone)
  return new Date(Math.max(now, instantOf(day + after.days, parseClock(after.at) ?? 0, timeZone))).toISOString()
}
