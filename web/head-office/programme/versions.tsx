import { useState } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { Badge } from '../../shared/badge.tsx'
import { Button } from '../../shared/button.tsx'
import { count, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { may, useDoing } from '../asking.ts'
import { ProblemNote } from '../parts/screen.tsx'
import { RollBackDialog } from './publish.tsx'
import { words } from './words.ts'

interface VersionsProps {
  programmes: OfficeAnswer<'programmes'>
  onText: (text: string) => void
  onSent: () => void
}

/** What was published from here, and the ways back. */
export function Versions({ programmes: { published, current, signs }, onText, onSent }: VersionsProps) {
  const doing = useDoing()
  const [back, setBack] = useState<number>()
  async function copy(version: number) {
    const answer = await doing.act('programme-version', { version })
    if (answer) onText(answer.text)
  }
  if (published.length === 0) return <Empty title={say(words.noVersions)} />
  return (
    <>
      {doing.problem && <ProblemNote problem={doing.problem} />}
      <ul class="programme-versions">
        {published.map((one) => (
          <li key={one.version}>
            <div>
              <strong>
                {say(words.version)} {count(one.version)}
              </strong>{' '}
              {one.version === current.version && <Badge tone="good">{say(words.current)}</Badge>}
              <p class="faint">
                {one.publishedAt === undefined ? '' : shortInstant(one.publishedAt)}{' '}
                {[one.by, one.agreedBy].filter(Boolean).join(' + ')}
              </p>
              {one.why !== undefined && (
                <p>
                  <bdi>{one.why}</bdi>
                </p>
              )}
            </div>
            <div class="row">
              <Button busy={doing.busy} onPress={() => void copy(one.version)}>
                {say(words.copy)}
              </Button>
              {may('programme-roll-back') && signs && one.version !== current.version && (
                <Button onPress={() => setBack(one.version)}>{say(words.rollBack)}</Button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {back !== undefined && (
        <RollBackDialog
          version={back}
          onClose={() => setBack(undefined)}
          onSent={() => {
            setBack(undefined)
            onSent()
          }}
        />
      )}
    </>
  )
}
