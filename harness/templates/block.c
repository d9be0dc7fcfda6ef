// SPDX-License-Identifier: GPL-2.0
/*
 * skeleton: a disk, /dev/skeleton, in memory.
 *
 * Whoever has the disk open calls the operations below. The disk holds the module only
 * if .owner names it; without, rmmod succeeds while the disk is open:
 *
 *	user      |open|             |close|
 *	rmmod            |free module|  ^ looks at the operations in freed data
 *
 * Lockout:	exit, who has the disk open: by the count of the module that .owner names
 * Breaks:	reference: an open disk is one to the operations, and no owner is named
 * Origin:	a skeleton
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

static bool broken;
module_param(broken, bool, 0444);
MODULE_PARM_DESC(broken, "leave .owner out of the operations");

#define CAPACITY 64 /* sectors */

static struct gendisk *disk;
static u8 *store;

static void copy_segment(struct bio *bio, struct bio_vec *segment, loff_t at)
{
	if (bio_data_dir(bio) == WRITE)
		memcpy_from_bvec(store + at, segment);
	else
		memcpy_to_bvec(segment, store + at);
}

/* The block layer lets nothing pass that is beyond the disk's end. */
static void skeleton_submit(struct bio *bio)
{
	loff_t at = bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct bvec_iter iter;
	struct bio_vec segment;

	bio_for_each_segment(segment, bio, iter) {
		copy_segment(bio, &segment, at);
		at += segment.bv_len;
	}
	bio_endio(bio);
}

static const struct block_device_operations owned_ops = {
	.owner = THIS_MODULE,
	.submit_bio = skeleton_submit,
};

static const struct block_device_operations ownerless_ops = {
	.submit_bio = skeleton_submit,
};

static int __init skeleton_init(void)
{
	struct queue_limits limits = { .features = BLK_FEAT_SYNCHRONOUS };
	int ret = -ENOMEM;

	store = vzalloc(CAPACITY << SECTOR_SHIFT);
	if (!store)
		return -ENOMEM;
	disk = blk_alloc_disk(&limits, NUMA_NO_NODE);
	if (IS_ERR(disk)) {
		ret = PTR_ERR(disk);
		goto free_store;
	}
	strscpy(disk->disk_name, "skeleton");
	disk->fops = broken ? &ownerless_ops : &owned_ops;
	set_capacity(disk, CAPACITY);
	ret = add_disk(disk);
	if (!ret)
		return 0;

	put_disk(disk);
free_store:
	vfree(store);
	return ret;
}
module_init(skeleton_init);

/* del_gendisk() waits for requests that are under way, and lets no more in. */
static void __exit skeleton_exit(void)
{
	del_gendisk(disk);
	put_disk(disk);
	vfree(store);
}
module_exit(skeleton_exit);

MODULE_DESCRIPTION("A disk in memory");
MODULE_LICENSE("GPL");
