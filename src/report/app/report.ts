import type { RunView } from '../view.js';
import { wireCopyButtons } from './dom.js';
import { Instrument } from './instrument.js';

wireCopyButtons();
const root = document.getElementById('instrument');
const data = document.getElementById('data');
if (root && data) new Instrument(root, JSON.parse(data.textContent ?? '') as RunView).mount();
