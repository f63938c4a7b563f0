import { say } from '../../shared/language.ts'
import { words } from './words.ts'

/** What a box answered: text as text, the rest as it stands on the wire. */
export function AnswerText({ data }: { data: Readonly<Record<string, unknown>> }) {
  const long = Object.values(data).find((one): one is string => typeof one === 'string' && one.includes('\n'))
  const lines = Object.values(data).find(
    (one): one is string[] => Array.isArray(one) && one.every((line) => typeof line === 'string'),
  )
  const text = long ?? (lines && lines.length > 0 ? lines.join('\n') : JSON.stringify(data, null, 2))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
    <section tabIndex={0} aria-label={say(words.answer)} class="store-answer">
      <pre dir="auto">{text}</pre>
    </section>
  )
}
