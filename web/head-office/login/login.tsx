import { useState } from 'preact/hooks'
import { Button } from '../../shared/button.tsx'
import { TextField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { problemOf } from '../asking.ts'
import { logIn, type OfficeProblem } from '../session.ts'
import { Gate } from './gate.tsx'
import { words } from './words.ts'

export function Login() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<OfficeProblem>()
  async function submit() {
    setBusy(true)
    try {
      await logIn(name.trim().toLowerCase(), password)
    } catch (error) {
      setProblem(problemOf(error))
      setPassword('')
      setBusy(false)
    }
  }
  return (
    <Gate title={say(words.title)} problem={problem} onSubmit={() => void submit()}>
      <TextField label={say(words.name)} value={name} onInput={setName} code autocomplete="username" required />
      <TextField
        label={say(words.password)}
        value={password}
        onInput={setPassword}
        type="password"
        code
        autocomplete="current-password"
        required
      />
      <Button look="main" submits busy={busy}>
        {say(words.logIn)}
      </Button>
    </Gate>
  )
}
