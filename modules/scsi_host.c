// SPDX-License-Identifier: GPL-2.0
/*
 * A host adapter below the SCSI mid-layer, two corners away from its users.
 *
 * The adapter has one disk, whose blocks are kept in memory. Who has /dev/sdX open
 * holds the disk driver and the mid-layer's device, and by the latter, through
 * the host template's .module, this module:
 *
 *	user space -> sd -> scsi_device -> Scsi_Host -> scsi_host_template.module
 *
 * So exit cannot run while the disk is open, and what would make user space let
 * go, the removal of the host, is done by exit. In two steps unreg removes the
 * host; opens fail from then on, reads and writes too, and the last close takes the
 * module along:
 *
 *	user space   |open|          |read: -EIO|close|
 *	unreg              |remove host|
 *	work item                                      |exit: put host|
 *
 * The broken module leaves .module out: the mid-layer's users have references to
 * its template and no owner knows of them.
 *
 * Lockout:	exit, who has the disk open: by the count of the module that the template names
 * Breaks:	reference: the mid-layer has one to the template, and no owner is named that would
 *		know of it
 * Origin:	CVE-2021-47480, commit f2b85040acec: the template used after its module was let go
 * Survives:	blocks unstopped in stress: kmemleak is asked in explore mode only
 * Survives:	host early in explore: who has the disk open has the host as well, it takes a
 *		close meanwhile
 */
#define LIFECYCLE

#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/unaligned.h>
#include <linux/vmalloc.h>
#include <scsi/scsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>

#include "hits.h"
#include "parts.h"

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "do not tell the mid-layer whose the host template is");

#define BLOCK_SIZE_BYTES 512
#define NR_BLOCKS	 128
#define INQUIRY_LEN	 36

static struct platform_device *parent;
static struct Scsi_Host *host;
static u8 *blocks;

static void answer(struct scsi_cmnd *cmd, const void *data, unsigned int len)
{
	len = scsi_sg_copy_from_buffer(cmd, data, len);
	scsi_set_resid(cmd, scsi_bufflen(cmd) - len);
}

static int do_inquiry(struct scsi_cmnd *cmd)
{
	u8 data[INQUIRY_LEN] = { TYPE_DISK, 0, SCSI_SPC_3, 2, INQUIRY_LEN - 5 };

	if (cmd->cmnd[1] & 1)
		return DID_ERROR << 16;
	memcpy(data + 8, "modrace stress disk      1   ", 28);
	answer(cmd, data, sizeof(data));
	return 0;
}

static int do_read_capacity(struct scsi_cmnd *cmd)
{
	u8 data[8];

	put_unaligned_be32(NR_BLOCKS - 1, data);
	put_unaligned_be32(BLOCK_SIZE_BYTES, data + 4);
	answer(cmd, data, sizeof(data));
	return 0;
}

static int do_mode_sense(struct scsi_cmnd *cmd)
{
	static const u8 header[4] = { 3 };

	answer(cmd, header, sizeof(header));
	return 0;
}

static int do_transfer(struct scsi_cmnd *cmd)
{
	u32 first = get_unaligned_be32(cmd->cmnd + 2);
	u32 nr = get_unaligned_be16(cmd->cmnd + 7);
	u8 *data = blocks + first * BLOCK_SIZE_BYTES;

	hit();
	if (first > NR_BLOCKS || nr > NR_BLOCKS - first)
		return DID_ERROR << 16;
	if (cmd->sc_data_direction == DMA_TO_DEVICE)
		scsi_sg_copy_to_buffer(cmd, data, nr * BLOCK_SIZE_BYTES);
	else
		answer(cmd, data, nr * BLOCK_SIZE_BYTES);
	return 0;
}

static int do_nothing(struct scsi_cmnd *cmd)
{
	return 0;
}

/**
 * struct command - a SCSI command the disk carries out
 * @opcode: its number
 * @carry_out: returns the command's result
 */
static const struct command {
	u8 opcode;
	int (*carry_out)(struct scsi_cmnd *cmd);
} commands[] = {
	{ TEST_UNIT_READY, do_nothing },
	{ INQUIRY, do_inquiry },
	{ READ_CAPACITY, do_read_capacity },
	{ MODE_SENSE, do_mode_sense },
	{ READ_10, do_transfer },
	{ WRITE_10, do_transfer },
	{ SYNCHRONIZE_CACHE, do_nothing },
	{ START_STOP, do_nothing },
};

static enum scsi_qc_status queuecommand(struct Scsi_Host *shost, struct scsi_cmnd *cmd)
{
	unsigned int i;

	cmd->result = DID_BAD_TARGET << 16;
	for (i = 0; !cmd->device->id && !cmd->device->lun && i < ARRAY_SIZE(commands); i++) {
		if (commands[i].opcode == cmd->cmnd[0])
			cmd->result = commands[i].carry_out(cmd);
	}
	scsi_done(cmd);
	return 0;
}

static struct scsi_host_template template = {
	.name = "modrace scsi_host",
	.proc_name = "scsi_host",
	.queuecommand = queuecommand,
	.can_queue = 16,
	.this_id = -1,
	.sg_tablesize = SG_ALL,
	.max_sectors = 64,
	.dma_boundary = PAGE_SIZE - 1,
};

static int host_start(void)
{
	int ret;

	template.module = broken ? NULL : THIS_MODULE;
	host = scsi_host_alloc(&template, 0);
	if (!host)
		return -ENOMEM;

	host->max_id = 1;
	host->max_lun = 1;
	ret = scsi_add_host(host, &parent->dev);
	if (ret) {
		scsi_host_put(host);
		return ret;
	}
	scsi_scan_host(host);
	return 0;
}

static void host_close(void)
{
	scsi_remove_host(host);
}

static void host_stop(void)
{
	scsi_host_put(host);
}

static int parent_start(void)
{
	parent = platform_device_register_simple("stress_scsi", PLATFORM_DEVID_NONE, NULL, 0);
	return PTR_ERR_OR_ZERO(parent);
}

static void parent_stop(void)
{
	platform_device_unregister(parent);
}

static int blocks_start(void)
{
	blocks = vzalloc(NR_BLOCKS * BLOCK_SIZE_BYTES);
	return blocks ? 0 : -ENOMEM;
}

static void blocks_stop(void)
{
	vfree(blocks);
}

static const struct part parts[] = {
	{ "blocks", .start = blocks_start, .stop = blocks_stop },
	{ "parent", .start = parent_start, .stop = parent_stop },
	{ "host", .start = host_start, .close = host_close, .stop = host_stop },
	{}
};

module_parts(parts);

MODULE_DESCRIPTION("Stress module: SCSI host adapter with a disk that is open");
MODULE_LICENSE("GPL");
