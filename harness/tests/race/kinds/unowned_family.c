// SPDX-License-Identifier: GPL-2.0
/*
 * A socket family whose sockets do nothing. Their operations name their module, or forget
 * to: then nothing keeps it while there is a socket.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <net/sock.h>

/* One of the numbers that no family has any more. */
#define FAMILY AF_ECONET

static bool broken = true;
module_param(broken, bool, 0444);

static struct proto unowned_proto = {
	.name = "UNOWNED",
	.obj_size = sizeof(struct sock),
};

static int unowned_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (sk) {
		sock_orphan(sk);
		sock->sk = NULL;
		sock_put(sk);
	}
	return 0;
}

static int unowned_bind(struct socket *sock, struct sockaddr_unsized *addr, int len)
{
	return 0;
}

static struct proto_ops unowned_ops = {
	.family = FAMILY,
	.release = unowned_release,
	.bind = unowned_bind,
	.connect = sock_no_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = sock_no_getname,
	.ioctl = sock_no_ioctl,
	.listen = sock_no_listen,
	.shutdown = sock_no_shutdown,
	.sendmsg = sock_no_sendmsg,
	.recvmsg = sock_no_recvmsg,
	.mmap = sock_no_mmap,
};

static int unowned_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct sock *sk;

	if (sock->type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	sk = sk_alloc(net, FAMILY, GFP_KERNEL, &unowned_proto, kern);
	if (!sk)
		return -ENOMEM;
	sock->ops = &unowned_ops;
	sock_init_data(sock, sk);
	return 0;
}

static struct net_proto_family unowned_family = {
	.family = FAMILY,
	.create = unowned_create,
	.owner = THIS_MODULE,
};

static int __init unowned_family_init(void)
{
	int ret;

	if (!broken) {
		unowned_ops.owner = THIS_MODULE;
		unowned_proto.owner = THIS_MODULE;
	}
	ret = proto_register(&unowned_proto, 0);
	if (ret)
		return ret;
	ret = sock_register(&unowned_family);
	if (ret)
		proto_unregister(&unowned_proto);
	return ret;
}

static void __exit unowned_family_exit(void)
{
	sock_unregister(FAMILY);
	proto_unregister(&unowned_proto);
}

module_init(unowned_family_init);
module_exit(unowned_family_exit);
MODULE_DESCRIPTION("Socket family whose operations may lack their owner");
MODULE_LICENSE("GPL");
