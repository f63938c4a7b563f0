import { useState } from 'preact/hooks'
import { Button } from '../../shared/button.tsx'
import { TextField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { problemOf } from '../asking.ts'
import { changePassword, type OfficeProblem } from '../session.ts'
import { Gate } from './gate.tsx'
import { words } from './words.ts'

/** Before anything else: one's own password in the place of the one-time one. */
export function FreshPassword() {
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const [again, setAgain] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<OfficeProblem>()
  const different = again !== '' && again !== fresh
  async function submit() {
    if (again !== fresh) return
    setBusy(true)
    try {
      await changePassword(old, fresh)
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  return (
    <Gate title={say(words.freshTitle)} line={say(words.freshLine)} problem={problem} onSubmit={() => void submit()}>
      <TextField
        label={say(words.old)}
        value={old}
        onInput={setOld}
        type="password"
        code
        autocomplete="current-password"
        required
      />
      <TextField
        label={say(words.fresh)}
        hint={say(words.freshHint)}
        value={fresh}
        onInput={setFresh}
        type="password"
        code
        autocomplete="new-password"
        required
      />
      <TextField
        label={say(words.again)}
        fault={different ? say(words.different) : undefined}
        value={again}
        onInput={setAgain}
        type="password"
        code
        autocomplete="new-password"
        required
      />
      <Button look="main" submits busy={busy}>
        {say(words.save)}
      </Button>
    </Gate>
  )
}
