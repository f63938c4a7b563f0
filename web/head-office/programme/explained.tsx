import { say } from '../../shared/language.ts'
import { useAnswer } from '../asking.ts'
import { Answered } from '../parts/screen.tsx'
import { words } from './words.ts'

/** What a text settles, and each rule as a sentence. */
export function Explained({ text }: { text: string }) {
  const asked = useAnswer('programme-explain', { text })
  return (
    <Answered asked={asked}>
      {({ settings, rules }) => (
        <div class="programme-sentences">
          <h3>{say(words.rules)}</h3>
          <ol>
            {rules.map((one) => (
              <li key={one.name}>
                <bdi class="code faint">{one.name}</bdi>
                <p>{say(one.text)}</p>
              </li>
            ))}
          </ol>
          <h3>{say(words.settings)}</h3>
          <ul>
            {settings.map((one) => (
              <li key={one.name}>
                <p>{say(one.text)}</p>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Answered>
  )
}
