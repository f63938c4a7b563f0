import { useState } from 'preact/hooks'
import type { OfficeUser } from '#protocol/head-office/office.ts'
import type { Role } from '#protocol/head-office/roles.ts'
import { Button } from '../../shared/button.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { SelectField, TextField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { useAnswer, useDoing } from '../asking.ts'
import { ProblemNote } from '../parts/screen.tsx'
import { roleNames } from '../role-names.ts'
import { words } from './words.ts'
import './users.css'

interface UserDialogProps {
  /** undefined: a new one. */
  user: OfficeUser | undefined
  onClose: () => void
  /** With the one-time password where there is one to tell. */
  onDone: (told: { name: string; password: string } | undefined) => void
}

/** Only these are bound to stores. */
const bound: ReadonlySet<Role> = new Set<Role>(['store-manager', 'cashier'])

export function UserDialog({ user, onClose, onDone }: UserDialogProps) {
  const doing = useDoing()
  const stores = useAnswer('stores', {})
  const [name, setName] = useState(user?.name ?? '')
  const [title, setTitle] = useState('')
  const [role, setRole] = useState<Role>(user?.role ?? 'cashier')
  const [chosen, setChosen] = useState<readonly string[]>(user?.stores ?? [])
  const [removing, setRemoving] = useState(false)
  const given = { name, role, stores: bound.has(role) ? [...chosen] : [] }

  async function save() {
    if (user) {
      if (await doing.act('user-role', given)) onDone(undefined)
      return
    }
    const answer = await doing.act('user-add', { ...given, ...(title.trim() === '' ? {} : { title: title.trim() }) })
    if (answer) onDone({ name, password: answer.password })
  }
  async function renew() {
    const answer = await doing.act('user-password', { name })
    if (answer) onDone({ name, password: answer.password })
  }
  async function remove() {
    if (!removing) return setRemoving(true)
    if (await doing.act('user-remove', { name })) onDone(undefined)
  }
  const toggle = (store: string) => setChosen(chosen.includes(store) ? chosen.filter((one) => one !== store) : [...chosen, store])

  return (
    <Dialog title={user ? (user.title ?? user.name) : say(words.add)} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        {!user && (
          <>
            <TextField label={say(words.name)} hint={say(words.nameHint)} value={name} onInput={setName} code required />
            <TextField label={say(words.titleField)} value={title} onInput={setTitle} />
          </>
        )}
        <SelectField
          label={say(words.role)}
          value={role}
          choices={Object.entries(roleNames).map(([value, text]) => ({ value: value as Role, text: say(text) }))}
          onChange={setRole}
        />
        {bound.has(role) && (
          <fieldset class="user-stores">
            <legend>
              {say(words.stores)} <small class="faint">{say(words.storesHint)}</small>
            </legend>
            {(stores.answer?.stores ?? []).map((one) => (
              <label key={one.store}>
                <input type="checkbox" checked={chosen.includes(one.store)} onChange={() => toggle(one.store)} />
                {say(one.name)}
              </label>
            ))}
          </fieldset>
        )}
        {doing.problem && <ProblemNote problem={doing.problem} />}
        {removing && <p class="field-fault">{say(words.removeLine)}</p>}
        <div class="dialog-actions">
          {user && (
            <>
              <Button look="danger" busy={doing.busy} onPress={() => void remove()}>
                {say(words.remove)}
              </Button>
              <Button busy={doing.busy} onPress={() => void renew()}>
                {say(words.newPassword)}
              </Button>
            </>
          )}
          <Button look="main" submits busy={doing.busy} disabled={!/^[a-z0-9][a-z0-9._-]{1,39}$/.test(name)}>
            {say(user ? words.save : words.add)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
