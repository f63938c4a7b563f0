import { useEffect, useState } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { Button } from '../../shared/button.tsx'
import { count, instant, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Tabs } from '../../shared/tabs.tsx'
import { may, useAnswer, useDoing } from '../asking.ts'
import { Answered, Note, Panel, ProblemNote, ScreenHead } from '../parts/screen.tsx'
import { addressOf } from '../routes.ts'
import { words as frameWords } from '../words.ts'
import { Changes } from './changes.tsx'
import { useCheck } from './check.ts'
import { DryRun } from './dry-run.tsx'
import { EditorPane } from './editor-pane.tsx'
import { Explained } from './explained.tsx'
import { PublishDialog } from './publish.tsx'
import { Versions } from './versions.tsx'
import { words } from './words.ts'
import './programme.css'

/** The rules: read, changed, tried against real days, and published by two people. */
export function Programme() {
  const asked = useAnswer('programmes', {})
  return <Answered asked={asked}>{(answer) => <Desk programmes={answer} onChanged={asked.again} />}</Answered>
}

type TabName = 'changes' | 'explain' | 'dry-run' | 'versions'

function Desk({ programmes, onChanged }: { programmes: OfficeAnswer<'programmes'>; onChanged: () => void }) {
  const { current, next, draft, signs } = programmes
  const [given, setGiven] = useState({ text: draft?.text ?? current.text, round: 0 })
  const [text, setText] = useState(given.text)
  const [target, setTarget] = useState<{ line: number }>()
  const [tab, setTab] = useState<TabName>('changes')
  const [publishing, setPublishing] = useState(false)
  const [told, setTold] = useState<'draft' | 'sent'>()
  const saving = useDoing()
  const check = useCheck(text)
  const valid = check.result?.ok === true && check.text === text
  const put = (fresh: string) => {
    setGiven({ text: fresh, round: given.round + 1 })
    setText(fresh)
    setTold(undefined)
  }
  useEffect(() => setTarget(undefined), [text])

  async function saveDraft() {
    if (await saving.act('programme-draft', { text: text === current.text ? '' : text })) {
      setTold('draft')
      onChanged()
    }
  }

  return (
    <>
      <ScreenHead
        title={say(frameWords.programme)}
        line={
          next
            ? say(words.lineNext, { version: count(current.version), next: count(next.version), time: instant(next.from) })
            : say(words.line, { version: count(current.version) })
        }
      >
        {may('programme-draft') && (
          <>
            <Button disabled={text === current.text} onPress={() => put(current.text)}>
              {say(words.reset)}
            </Button>
            <Button busy={saving.busy} onPress={() => void saveDraft()}>
              {say(words.saveDraft)}
            </Button>
          </>
        )}
        {may('programme-publish') && signs && (
          <Button look="main" disabled={!valid || text === current.text} onPress={() => setPublishing(true)}>
            {say(words.publish)}
          </Button>
        )}
      </ScreenHead>
      {!signs && <Note tone="warn">{say(words.noKey)}</Note>}
      {told === 'draft' && <Note tone="good">{say(words.saved)}</Note>}
      {told === 'sent' && (
        <Note tone="good">
          {say(frameWords.waitsForSecond)} <a href={addressOf('approvals')}>{say(frameWords.toApprovals)}</a>
        </Note>
      )}
      {saving.problem && <ProblemNote problem={saving.problem} />}
      <div class="programme-desk">
        <Panel
          title={say(words.text)}
          aside={
            draft &&
            text === draft.text && (
              <small class="faint">{say(words.isDraft, { name: draft.by, time: shortInstant(draft.at) })}</small>
            )
          }
        >
          <div class="panel-full">
            <EditorPane {...given} problems={check.problems} target={target} onChange={setText} />
          </div>
          <Verdict check={check} onLine={(line) => setTarget({ line })} />
        </Panel>
        <Panel>
          <Tabs
            label={say(frameWords.programme)}
            value={tab}
            choices={[
              { value: 'changes', text: say(words.changesTab) },
              { value: 'explain', text: say(words.explainTab) },
              { value: 'dry-run', text: say(words.dryRunTab) },
              { value: 'versions', text: say(words.versionsTab) },
            ]}
            onChange={setTab}
          >
            {tab === 'versions' ? (
              <Versions programmes={programmes} onText={put} onSent={() => setTold('sent')} />
            ) : !valid ? (
              <p class="faint">{say(check.result?.ok === false ? words.fixFirst : words.checking)}</p>
            ) : tab === 'changes' ? (
              <Differences text={text} />
            ) : tab === 'explain' ? (
              <Explained text={text} />
            ) : (
              <DryRun text={text} />
            )}
          </Tabs>
        </Panel>
      </div>
      {publishing && check.result?.ok === true && (
        <PublishDialog
          text={text}
          version={check.result.version}
          onClose={() => setPublishing(false)}
          onSent={() => {
            setPublishing(false)
            setTold('sent')
          }}
        />
      )}
    </>
  )
}

function Differences({ text }: { text: string }) {
  const asked = useAnswer('programme-diff', { text })
  return <Answered asked={asked}>{({ changes }) => <Changes changes={changes} />}</Answered>
}

function Verdict({ check, onLine }: { check: ReturnType<typeof useCheck>; onLine: (line: number) => void }) {
  if (check.problem) return <ProblemNote problem={check.problem} />
  if (check.result === undefined)
    return (
      <p class="faint" role="status">
        {say(words.checking)}
      </p>
    )
  if (check.result.ok)
    return (
      <p class="programme-valid" role="status">
        {say(words.valid, { rules: count(check.result.rules), version: count(check.result.version) })}
      </p>
    )
  return (
    <div class="programme-problems" role="status">
      <p>{say(words.problems, { count: count(check.problems.length) })}</p>
      <ol>
        {check.problems.slice(0, 20).map((one, index) => (
          <li key={`${one.line} ${one.path} ${index}`}>
            <button type="button" onClick={() => onLine(one.line)}>
              {say(words.atLine, { line: count(one.line) })}
            </button>
            <bdi>{one.message}</bdi>
          </li>
        ))}
      </ol>
    </div>
  )
}
