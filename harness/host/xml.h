/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text in XML, SVG and HTML.
 */
#ifndef MODRACE_XML_H
#define MODRACE_XML_H

#include <stdio.h>

void xml_text(FILE *file, const char *text);

#endif /* MODRACE_XML_H */
