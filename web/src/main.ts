import { mount } from 'svelte';
import './styles/fonts.css';
import './styles/palette.css';
import './styles/base.css';
import './styles/page.css';
import App from './App.svelte';

mount(App, { target: document.getElementById('app')! });
