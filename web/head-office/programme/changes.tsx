import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { Badge, type Tone } from '../../shared/badge.tsx'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { words } from './words.ts'
import './changes.css'

type Change = OfficeAnswer<'programme-diff'>['changes'][number]
const tones: Record<Change['what'], Tone> = { added: 'good', removed: 'bad', changed: 'warn', setting: 'accent' }

/** What a text changes, in words: before and after below one another. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <Empty title={say(words.noChanges)} />
  return (
    <ul class="changes">
      {changes.map((one) => (
        <li key={`${one.what} ${one.name}`}>
          <p>
            <Badge tone={tones[one.what]}>{say(words[one.what])}</Badge> <bdi class="code">{one.name}</bdi>
          </p>
          {one.before !== undefined && <del>{say(one.before)}</del>}
          {one.after !== undefined && <ins>{say(one.after)}</ins>}
        </li>
      ))}
    </ul>
  )
}
