"use strict";

/* The copy buttons, and opening the failure that a link leads to. */
const said = document.querySelector(".status");

function selectText(element) {
	const range = document.createRange();

	range.selectNodeContents(element);
	getSelection().removeAllRanges();
	getSelection().addRange(range);
}

/* A page opened from a file may have no clipboard: then the text is selected. */
async function copy(button) {
	const element = document.getElementById(button.dataset.copy);

	selectText(element);
	try {
		await navigator.clipboard.writeText(element.textContent);
		said.textContent = button.textContent = "Copied";
	} catch {
		const done = document.execCommand("copy");

		said.textContent = button.textContent = done ? "Copied" : "Selected";
	}
	setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function openTarget() {
	const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));

	if (target instanceof HTMLDetailsElement) {
		target.open = true;
		target.querySelector("summary").focus();
	}
}

for (const button of document.querySelectorAll("[data-copy]"))
	button.addEventListener("click", () => copy(button));
addEventListener("hashchange", openTarget);
openTarget();
