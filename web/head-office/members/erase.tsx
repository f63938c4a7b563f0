import { useState } from 'preact/hooks'
import { normaliseText } from '#protocol/digits.ts'
import { Button } from '../../shared/button.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { TextField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { words as sharedWords } from '../../shared/words.ts'
import { useDoing } from '../asking.ts'
import { Note, ProblemNote } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

export function EraseDialog({ number, onClose, onErased }: { number: string; onClose: () => void; onErased: () => void }) {
  const doing = useDoing()
  const [again, setAgain] = useState('')
  const [why, setWhy] = useState('')
  const same = normaliseText(again) === number
  async function submit() {
    if (await doing.act('member-erase', { number, again: normaliseText(again), why })) onErased()
  }
  return (
    <Dialog title={say(words.eraseTitle)} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <Note tone="bad">{say(words.eraseLine)}</Note>
        <TextField label={say(words.eraseAgain)} value={again} onInput={setAgain} code required />
        <TextField label={say(frameWords.why)} hint={say(frameWords.whyHint)} value={why} onInput={setWhy} required />
        {doing.problem && <ProblemNote problem={doing.problem} />}
        <div class="dialog-actions">
          <Button onPress={onClose}>{say(sharedWords.cancel)}</Button>
          <Button look="danger" submits busy={doing.busy} disabled={!same || why.trim().length < 3}>
            {say(words.erase)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
