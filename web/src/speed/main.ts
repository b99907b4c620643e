import { mount } from 'svelte';
import '../styles/fonts.css';
import '../styles/palette.css';
import '../styles/base.css';
import '../styles/page.css';
import SpeedPage from './SpeedPage.svelte';

mount(SpeedPage, { target: document.getElementById('app')! });
