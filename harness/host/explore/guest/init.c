#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "modrace_explore.h"

static const char *mod = "t_hook";
static int ntraffic = 1, nops = 4;

static int dev_open(void) { int fd = open("/dev/modrace_explore", O_RDWR); if (fd < 0) { perror("dev"); _exit(1);} return fd; }

static void ifup(const char *name, const char *addr)
{
	struct ifreq r = {};
	struct sockaddr_in *sa = (void *)&r.ifr_addr;
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(r.ifr_name, name);
	if (addr) {
		sa->sin_family = AF_INET;
		inet_aton(addr, &sa->sin_addr);
		if (ioctl(s, SIOCSIFADDR, &r)) perror("addr");
	}
	if (ioctl(s, SIOCGIFFLAGS, &r)) perror("getflags");
	r.ifr_flags |= IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &r)) perror("up");
	close(s);
}

static int sock = -1;
static void prep(void)
{
	if (strstr(mod, "hook") || strstr(mod, "table") || strstr(mod, "lookup") || strstr(mod, "notif")) {
		struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(9) };
		sock = socket(AF_INET, SOCK_DGRAM, 0);
		inet_aton("127.0.0.1", &sa.sin_addr);
		connect(sock, (void *)&sa, sizeof(sa));
	}
}

static void op(int i)
{
	char b[16] = "x";

	if (strstr(mod, "hook") || strstr(mod, "table") || strstr(mod, "lookup"))
		send(sock, b, 1, 0);
	else if (strstr(mod, "notif")) {
		struct ifreq r = {};
		struct sockaddr_in *sa = (void *)&r.ifr_addr;
		strcpy(r.ifr_name, "lo:1");
		sa->sin_family = AF_INET;
		inet_aton(i & 1 ? "127.0.0.3" : "127.0.0.2", &sa->sin_addr);
		ioctl(sock, SIOCSIFADDR, &r);
	} else if (strstr(mod, "work")) {
		int fd = open("/dev/tdev", O_WRONLY);
		if (fd >= 0) { write(fd, b, 1); close(fd); }
	} else if (strstr(mod, "dev")) {
		int fd = open("/sys/kernel/tdev/v", O_RDONLY);
		if (fd >= 0) { read(fd, b, 4); close(fd); }
	}
}

static void traffic(int n)
{
	int fd = dev_open();

	prep();
	ioctl(fd, EXPLORE_JOIN, EXPLORE_ROLE_TRAFFIC + n);
	while (!ioctl(fd, EXPLORE_NEXT))
		for (int i = 0; i < nops; i++)
			op(i);
	_exit(0);
}

static void remover(void)
{
	int fd = dev_open();

	ioctl(fd, EXPLORE_JOIN, EXPLORE_ROLE_REMOVER);
	while (!ioctl(fd, EXPLORE_NEXT))
		for (int i = 0; i < 50 && syscall(SYS_delete_module, mod, O_NONBLOCK) && errno == EWOULDBLOCK; i++)
			usleep(1000);
	_exit(0);
}

int main(int argc, char **argv)
{
	char path[64];
	int fd, mfd, ret;

	mkdir("/proc", 0755); mkdir("/sys", 0755); mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, 0);
	mount("sysfs", "/sys", "sysfs", 0, 0);
	mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
	fd = open("/dev/console", O_RDWR);
	if (fd >= 0) { dup2(fd, 0); dup2(fd, 1); dup2(fd, 2); }
	if (getenv("mod")) mod = getenv("mod");
	if (getenv("nops")) nops = atoi(getenv("nops"));
	if (getenv("ntraffic")) ntraffic = atoi(getenv("ntraffic"));
	if (!strstr(mod, "work") && !strstr(mod, "dev")) ifup("lo", "127.0.0.1");
	for (int i = 0; i < ntraffic; i++)
		if (!fork()) traffic(i);
	if (!fork()) remover();
	usleep(100000);
	fd = dev_open();
	snprintf(path, sizeof(path), "/%s.ko", mod);
	mfd = open(path, O_RDONLY);
	for (int n = 0;; n++) {
		if (syscall(SYS_finit_module, mfd, "", 0)) { printf("insmod %s: %m (cycle %d)\n", path, n); break; }
		ret = ioctl(fd, EXPLORE_RUN);
		if (ret) { if (errno != ESHUTDOWN) printf("run: %m\n"); break; }
	}
	reboot(RB_POWER_OFF);
	return 0;
}
