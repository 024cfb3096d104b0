type Attributes = Readonly<Record<string, string>>;

/** An element with attributes and children; texts are set as text, never parsed. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function button(text: string, label: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', title: label, 'aria-label': label }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** Has every `[data-copy]` button copy its text, and say so. */
export function wireCopyButtons(): void {
  for (const each of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    each.addEventListener('click', async () => {
      const before = each.textContent;
      each.textContent = (await copy(each.dataset.copy ?? '')) ? 'Copied' : 'Select it';
      setTimeout(() => {
        each.textContent = before;
      }, 1600);
    });
  }
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Some browsers refuse the clipboard to a file that was opened from disk; a selected text area still works there.
    const area = element('textarea', { style: 'position:fixed;opacity:0' });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}
