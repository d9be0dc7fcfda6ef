// SPDX-License-Identifier: GPL-2.0
/*
 * See site.h. A number is an offset: into the kernel's image, or into a module's
 * text, wherever the module was loaded last.
 */
#include <stdio.h>

#include "schedule/site.h"

/* Text and data of the kernel proper lie within so many bytes. */
#define IMAGE_SIZE (256u << 20)

/**
 * site_address() - where a site lies
 * @shm: of the boot
 * @site: its number
 *
 * Return: the address, 0 if unknown.
 */
uint64_t site_address(const struct explore_shm *shm, uint32_t site)
{
	const struct explore_module *module = &shm->modules[EXPLORE_SITE_INDEX(site)];

	if (site == EXPLORE_SITE_UNKNOWN)
		return 0;
	if (!(site & EXPLORE_SITE_MODULE))
		return shm->text + site;
	if (site & EXPLORE_SITE_INIT)
		return module->init_text + EXPLORE_SITE_OFFSET(site);
	return module->text + EXPLORE_SITE_OFFSET(site);
}

/**
 * site_find() - the number of an address
 * @shm: of the boot
 * @address: in the kernel's image or in a module's text
 * @site: set
 *
 * Return: false if there is no site.
 */
bool site_find(const struct explore_shm *shm, uint64_t address, uint32_t *site)
{
	uint32_t i;

	for (i = 0; i < EXPLORE_MODULES; i++) {
		const struct explore_module *module = &shm->modules[i];

		if (address - module->text >= module->text_size)
			continue;
		*site = EXPLORE_SITE_MODULE | i << 24 | (uint32_t)(address - module->text);
		return true;
	}
	*site = address - shm->text;
	return address - shm->text < IMAGE_SIZE;
}

/**
 * decision_to_text() - put a decision into words
 * @syms: of the boot
 * @shm: of the boot
 * @decision: the decision
 * @text: filled in
 *
 * Return: false if its site has no name.
 */
bool decision_to_text(struct symbols *syms, const struct explore_shm *shm,
		      const struct explore_decision *decision, struct decision_text *text)
{
	struct symbol_place place;

	if (symbols_name_exactly(syms, site_address(shm, decision->site), &place))
		return false;
	*text = (struct decision_text){
		.role = decision->role,
		.offset = place.offset,
		.nth = decision->nth,
		.target = decision->target,
		.rank = decision->rank,
	};
	snprintf(text->symbol, sizeof(text->symbol), "%s", place.symbol);
	snprintf(text->module, sizeof(text->module), "%.*s", SCHEDULE_MODULE_LEN - 1, place.module);
	return true;
}

/**
 * decision_from_text() - find the site that a decision names
 * @syms: of the boot
 * @shm: of the boot
 * @text: the words
 * @decision: filled in, except for its kind, which is for people only
 *
 * Return: false if there is no such place.
 */
bool decision_from_text(struct symbols *syms, const struct explore_shm *shm,
			const struct decision_text *text, struct explore_decision *decision)
{
	uint64_t address;

	*decision = (struct explore_decision){
		.nth = text->nth,
		.role = text->role,
		.target = text->target,
		.rank = text->rank,
	};
	return !symbols_find_exactly(syms, text->module, text->symbol, text->offset, &address) &&
	       site_find(shm, address, &decision->site);
}
