// SPDX-License-Identifier: GPL-2.0
/*
 * See xml.h.
 */
#include "xml.h"

/**
 * xml_text() - write text so that it is nothing but text in XML
 * @file: where to
 * @text: printable characters
 */
void xml_text(FILE *file, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			fputc(*text, file);
		}
	}
}
