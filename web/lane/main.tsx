import { mount } from '../shared/mount.tsx'
import { LanePage } from './lane-page.tsx'

mount(<LanePage />)
