import { useState } from 'preact/hooks'
import { Button } from '../../shared/button.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { TextField } from '../../shared/field.tsx'
import { count } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { words as sharedWords } from '../../shared/words.ts'
import { useAnswer, useDoing } from '../asking.ts'
import { Answered, ProblemNote } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import { Changes } from './changes.tsx'
import { words } from './words.ts'

interface SendProps {
  onClose: () => void
  onSent: () => void
}

/** Sends a text for the second approval, with what it changes before one's eyes. */
export function PublishDialog({ text, version, onClose, onSent }: SendProps & { text: string; version: number }) {
  const doing = useDoing()
  const asked = useAnswer('programme-diff', { text })
  const [why, setWhy] = useState('')
  async function submit() {
    if (await doing.act('programme-publish', { text, why })) onSent()
  }
  return (
    <Dialog title={say(words.publishTitle, { version: count(version) })} onClose={onClose} wide>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <p>{say(words.publishLine)}</p>
        <Answered asked={asked}>{({ changes }) => <Changes changes={changes} />}</Answered>
        <SendFoot why={why} onWhy={setWhy} doing={doing} onClose={onClose} />
      </form>
    </Dialog>
  )
}

export function RollBackDialog({ version, onClose, onSent }: SendProps & { version: number }) {
  const doing = useDoing()
  const [why, setWhy] = useState('')
  async function submit() {
    if (await doing.act('programme-roll-back', { version, why })) onSent()
  }
  return (
    <Dialog title={say(words.rollBackTitle, { version: count(version) })} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <p>{say(words.rollBackLine)}</p>
        <SendFoot why={why} onWhy={setWhy} doing={doing} onClose={onClose} />
      </form>
    </Dialog>
  )
}

function SendFoot(props: {
  why: string
  onWhy: (text: string) => void
  doing: ReturnType<typeof useDoing>
  onClose: () => void
}) {
  const { why, onWhy, doing, onClose } = props
  return (
    <>
      <TextField label={say(frameWords.why)} hint={say(frameWords.whyHint)} value={why} onInput={onWhy} required />
      {doing.problem && <ProblemNote problem={doing.problem} />}
      <div class="dialog-actions">
        <Button onPress={onClose}>{say(sharedWords.cancel)}</Button>
        <Button look="main" submits busy={doing.busy} disabled={why.trim().length < 3}>
          {say(words.send)}
        </Button>
      </div>
    </>
  )
}
