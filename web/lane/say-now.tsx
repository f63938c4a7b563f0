import { useEffect, useState } from 'preact/hooks'
import type { LaneScreen } from '#protocol/lane.ts'
import { Button } from '../shared/button.tsx'
import type { LaneLine } from '../shared/lane-line.ts'
import { say } from '../shared/language.ts'
import { words } from './words.ts'

type Reaction = 'accepted' | 'later' | 'refused'
const reactions: readonly Reaction[] = ['accepted', 'later', 'refused']

/** What the lane itself says to the cashier is no offer: there is nothing to react to. */
const ownWords: ReadonlySet<string> = new Set(['box', 'offline-difference', 'redemption-code'])

/** What to say now, in large letters, and the customer's answer in one touch. */
export function SayNow({ line, screen }: { line: LaneLine; screen: LaneScreen }) {
  const [noted, setNoted] = useState<Readonly<Record<string, Reaction>>>({})
  const [fault, setFault] = useState<string>()
  const visit = `${screen.customer?.number ?? ''} ${screen.sale?.saleid ?? ''}`
  // What was noted stays through the payment, and goes with the customer.
  const gone = screen.state === 'idle'
  useEffect(() => {
    setNoted({})
    setFault(undefined)
  }, [screen.customer?.number, gone])
  const react = async (offerid: string, reaction: Reaction) => {
    const answer = await line.ask({ op: 'react', offerid, reaction })
    if (answer?.op === 'noted') return setNoted((before) => ({ ...before, [offerid]: reaction }))
    setFault(answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer))
  }
  const prompts = screen.prompts.filter(({ audience }) => audience === 'operator')
  return (
    <section class="lane-part lane-say" aria-live="polite" data-visit={visit.trim()}>
      <h2>{say(words.sayNow)}</h2>
      {prompts.length === 0 && <p class="lane-soft">{say(words.nothingToSay)}</p>}
      {prompts.map(({ ruleid, text }) => {
        const known = noted[ruleid]
        return (
          <div key={ruleid} class="lane-prompt">
            <p class="lane-words">{say(text)}</p>
            {screen.customer && !ownWords.has(ruleid) && (
              <div class="lane-reactions">
                {reactions.map((one) => (
                  <Button key={one} look="normal" pressed={known === one} onPress={() => void react(ruleid, one)}>
                    {say(words[one])}
                  </Button>
                ))}
              </div>
            )}
            {known !== undefined && (
              <p role="status" class="lane-soft">
                {say(words.noted, { reaction: say(words[known]) })}
              </p>
            )}
          </div>
        )
      })}
      {fault !== undefined && <p role="alert">{fault}</p>}
    </section>
  )
}
