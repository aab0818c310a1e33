#!/usr/bin/env perl
# SmokePing's own EchoPing probe, as SmokePing runs it, with sockecho-client in the place of echoping(1). Each target has a
# server; what the probe has measured of it is a line on stdout: the target's name, and the seconds of each echo.
#
# usage: smokeping.pl CLIENT PINGS NAME:PORT:VARIABLE=VALUE,...:ADDRESS...
#
# The variables are those of a target in SmokePing's configuration; the port is in its extraopts.
use strict;
use warnings;
use Smokeping::probes::EchoPing;

# What the probe has to say goes to SmokePing's log, which is stderr here.
{
    no warnings 'redefine';
    *Smokeping::do_log = sub (@) { print STDERR "@_\n" };
}

my ($client, $pings, @targets) = @ARGV;
my %properties = (binary => $client, forks => 5, timeout => 5, pings => $pings);
my %configuration = (Database => {pings => $pings, step => 300}, General => {});
my $probe = Smokeping::probes::EchoPing->new(\%properties, \%configuration, 'EchoPing');

$probe->debug(1); # it says which command it runs

my %trees;
for my $target (@targets) {
    my ($name, $port, $variables, $address) = split /:/, $target, 4;
    my %tree = (map({ split /=/, $_, 2 } split /,/, $variables), extraopts => "--format=echoping --port=$port");
    $trees{$name} = \%tree;
    $probe->add($trees{$name}, $address);
}
$probe->ping;
for my $name (sort keys %trees) {
    print join(' ', $name, @{$probe->{rtts}{$trees{$name}} || []}), "\n";
}
