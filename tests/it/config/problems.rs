//! Every kind of problem, with its exact place and what was expected.

use rstest::rstest;

use super::{place, problems_of};

/// The one problem of `text` stands at `at` and says all of `words`.
fn one(text: &str, at: &str, words: &[&str]) {
    let problems = problems_of(text);
    let [problem] = problems.as_slice() else {
        panic!("not one problem but {problems:#?}");
    };
    assert_eq!(place(problem), at);
    let said = format!(
        "{} / {} / {}",
        problem.message, problem.found, problem.expected
    );
    for word in words {
        assert!(said.contains(word), "`{word}` is not in `{said}`");
    }
}

#[rstest]
#[case::unknown_near("[oci]\nprofle = 'x'", "2:1 oci.profle", &["did you mean `profile`?"])]
#[case::unknown_far("[oci]\nshape = 'x'", "2:1 oci.shape", &["unknown key", "`config_file`"])]
#[case::unknown_table("[clutser]\nname = 'x'", "1:2 clutser", &["did you mean `cluster`?"])]
#[case::dotted("oci.profle = 'x'", "1:5 oci.profle", &["`profile`"])]
#[case::type_text("[oci]\nprofile = 3", "2:11 oci.profile", &["a whole number", "/ 3 /"])]
#[case::type_table("cluster = 'k3s'", "1:11 cluster", &["found a text", "a table"])]
#[case::type_list("[network]\nssh_from = '0.0.0.0/0'", "2:12 network.ssh_from", &["a list"])]
#[case::type_date("[image]\nversion = 2024-04-01", "2:11 image.version", &["a date"])]
#[case::type_number("[endpoints]\npace = true", "2:8 endpoints.pace", &["a number from 1"])]
#[case::value("[cluster]\nlayout = 'compct'", "2:10 cluster.layout", &["did you mean `compact`?"])]
#[case::engine("[provision]\nengine = 'pulumi'", "2:10 provision.engine", &["`direct`", "`terraform`"])]
#[case::name_form("[cluster]\nname = 'K3s'", "2:8 cluster.name", &["'K3s' does not fit"])]
#[case::name_long("[cluster]\nname = 'a23456789012345678901234567890x'", "2:8 cluster.name", &["31 characters are too many"])]
#[case::empty_text("[oci]\nprofile = ''", "2:11 oci.profile", &["empty"])]
#[case::control("[oci]\nprofile = \"a\\u001b[31m\"", "2:11 oci.profile", &["one line of text"])]
#[case::ocid("[oci]\ncompartment = 'ocid1.image.oc1..a'", "2:15 oci.compartment", &["compartment or tenancy"])]
#[case::domain_number("[oci]\navailability_domain = 4", "2:23 oci.availability_domain", &["1 to 3"])]
#[case::huge_number("[oci]\navailability_domain = 99999999999999999999", "2:23 oci.availability_domain", &["a whole number"])]
#[case::host_bits("[network]\nvcn = '10.0.0.1/16'", "2:7 network.vcn", &["host bits", "10.0.0.0/16"])]
#[case::list_item("[network]\nssh_from = ['10.0.0.0/8', 'me']", "2:27 network.ssh_from[1]", &["'me' does not fit"])]
#[case::pods("[network]\nvcn = '10.42.0.0/16'\npublic_subnet = '10.42.1.0/24'\nprivate_subnet = '10.42.2.0/24'", "2:7 network.vcn", &["K3s uses for pods"])]
#[case::outside("[network]\nprivate_subnet = '10.1.2.0/24'", "2:18 network.private_subnet", &["outside the VCN", "10.0.0.0/16"])]
#[case::overlap("[network]\npublic_subnet = '10.0.0.0/22'", "1:1 network.private_subnet", &["overlaps the public subnet"])]
#[case::narrow("[network]\npublic_subnet = '10.0.1.0/29'", "1:1 network", &["too small", "/28"])]
#[case::price("[allowance]\nocpus = 3", "2:9 allowance.ocpus", &["`preset = \"custom\"`"])]
#[case::until_form("[provision]\nuntil = 'soon'", "2:9 provision.until", &["a length of time, such as 12h"])]
#[case::until_long("[provision]\nuntil = '800h'", "2:9 provision.until", &["800h", "from 1m to 744h"])]
#[case::until_short("[provision]\nuntil = '10s'", "2:9 provision.until", &["0s, or a length of time"])]
#[case::guard("[provision]\nquota_guard = true", "2:15 provision.quota_guard", &["would refuse these nodes: 4 OCPU", "where 2 OCPU"])]
#[case::guard_custom("[provision]\nquota_guard = true\n[allowance]\npreset = 'custom'\nocpus = 4\nmemory_gb = 24\nboot_volume_gb = 100", "2:15 provision.quota_guard", &["150 GB of boot volume"])]
#[case::plain_http("[endpoints]\noci = 'http://example.org'", "2:7 endpoints.oci", &["loopback"])]
#[case::envoy_elsewhere("[endpoints]\nenvoy = '10.0.0.1:19000'", "2:9 endpoints.envoy", &["this machine"])]
#[case::user_in_url("[endpoints]\noci = 'http://127.0.0.1@example.org'", "2:7 endpoints.oci", &["loopback"])]
#[case::name_in_url("[endpoints]\noci = 'http://localhost:1'", "2:7 endpoints.oci", &["loopback"])]
#[case::password_in_url("[gitops]\nrepository = 'https://me:pass@example.org/a.git'", "2:14 gitops.repository", &["without a user or password"])]
#[case::token_in_url("[gitops]\nrepository = 'https://token@example.org/a.git'", "2:14 gitops.repository", &["without a user or password"])]
#[case::ssh_url("[gitops]\nrepository = 'git@github.com:you/cluster.git'", "2:14 gitops.repository", &["an https URL"])]
#[case::no_repository("[gitops]\nrepository = 'https://github.com/'", "2:14 gitops.repository", &["https://github.com/you/cluster.git"])]
#[case::revision_option("[gitops]\nrevision = '--upload-pack=x'", "2:12 gitops.revision", &["a branch, tag or commit"])]
#[case::revision_space("[gitops]\nrevision = 'a b'", "2:12 gitops.revision", &["a branch, tag or commit"])]
#[case::folder_above("[gitops]\npath = '../argocd'", "2:8 gitops.path", &["a folder inside the repository"])]
#[case::folder_absolute("[gitops]\npath = '/argocd'", "2:8 gitops.path", &["a folder inside the repository"])]
#[case::email("[certificates]\nemail = 'me@here'", "2:9 certificates.email", &["an e-mail address"])]
#[case::issuer("[certificates]\nissuer = 'stagin'", "2:10 certificates.issuer", &["did you mean `staging`?"])]
#[case::k3s_latest("[k3s]\nversion = 'latest'", "2:11 k3s.version", &["v1.36.4+k3s1"])]
#[case::k3s_kubernetes("[k3s]\nversion = 'v1.36.4'", "2:11 k3s.version", &["v1.36.4+k3s1"])]
#[case::k3s_word("[k3s]\nversion = 'v1.36.4+k3s1;reboot'", "2:11 k3s.version", &["v1.36.4+k3s1"])]
#[case::checksum("[k3s]\nsha256 = 'ABC'", "2:10 k3s.sha256", &["64 hexadecimal digits"])]
#[case::dial_key("[dial]\n'example.org' = '127.0.0.1:1'", "2:1 dial.\"example.org\"", &["host:port"])]
#[case::dial_value("[dial]\n'example.org:443' = 'localhost:1'", "2:21 dial.\"example.org:443\"", &["ip:port"])]
#[case::empty_command("notify_command = []", "1:18 notify_command", &["empty", "a program and its arguments"])]
#[case::custom_without_nodes("[cluster]\nlayout = 'custom'", "2:10 cluster.layout", &["[[node]]"])]
fn a_slip_is_told_with_its_place(#[case] text: &str, #[case] at: &str, #[case] words: &[&str]) {
    one(text, at, words);
}

/// Three nodes of a custom layout, with one line replaced.
fn nodes(from: &str, to: &str) -> String {
    let text = "[cluster]
layout = 'custom'
[[node]]
name = 'in'
role = 'ingress'
ocpus = 1
memory_gb = 6
subnet = 'public'
private_ip = '10.0.1.10'
[[node]]
name = 'control'
role = 'server'
ocpus = 2
memory_gb = 8
subnet = 'private'
private_ip = '10.0.2.10'
";
    assert!(text.contains(from));
    text.replacen(from, to, 1)
}

#[rstest]
#[case::no_ocpus("ocpus = 1", "ocpus = 0", "6:9 node[0].ocpus", &["1 to 80"])]
#[case::fraction("ocpus = 1", "ocpus = 1.5", "6:9 node[0].ocpus", &["a fraction"])]
#[case::memory_over("memory_gb = 6", "memory_gb = 65", "7:13 node[0].memory_gb", &["1 to 64"])]
#[case::memory_under("memory_gb = 8", "memory_gb = 1", "14:13 node[1].memory_gb", &["2 to 128"])]
#[case::boot("ocpus = 1", "ocpus = 1\nboot_volume_gb = 49", "7:18 node[0].boot_volume_gb", &["from 50"])]
#[case::missing("role = 'server'\n", "", "10:1 node[1]", &["`role` is missing", "`ingress`"])]
#[case::reserved("10.0.1.10", "10.0.1.1", "9:14 node[0].private_ip", &["keeps 10.0.1.1"])]
#[case::elsewhere("10.0.1.10", "10.0.2.9", "9:14 node[0].private_ip", &["outside network.public_subnet"])]
#[case::no_address("10.0.1.10", "10.0.1.256", "9:14 node[0].private_ip", &["an IPv4 address"])]
#[case::same_name("'control'", "'in'", "11:8 node[1].name", &["taken by node[0]"])]
#[case::two_ingress("'server'\nocpus = 2\nmemory_gb = 8\nsubnet = 'private'\nprivate_ip = '10.0.2.10'", "'server'\nocpus = 2\nmemory_gb = 8\nsubnet = 'private'\nprivate_ip = '10.0.2.10'\n[[node]]\nname = 'x'\nrole = 'ingress'\nocpus = 1\nmemory_gb = 1\nsubnet = 'public'\nprivate_ip = '10.0.1.11'", "19:8 node[2].role", &["a second node"])]
#[case::no_server("'server'", "'worker'", "3:1 node", &["no node has the role `server`"])]
#[case::hidden_ingress("'public'\nprivate_ip = '10.0.1.10'", "'private'\nprivate_ip = '10.0.2.9'", "8:10 node[0].subnet", &["`public`"])]
#[case::not_the_layout("'custom'", "'compact'", "4:8 node[0].name", &["k3s-ingress", "custom"])]
fn a_node_is_held_against_the_rules(
    #[case] from: &str,
    #[case] to: &str,
    #[case] at: &str,
    #[case] words: &[&str],
) {
    assert_eq!(problems_of(&nodes("", "")), []);
    let problems = problems_of(&nodes(from, to));
    let first = problems.first().expect("a problem");
    assert_eq!(place(first), at, "{problems:#?}");
    let said = format!("{} / {}", first.message, first.expected);
    for word in words {
        assert!(said.contains(word), "`{word}` is not in `{said}`");
    }
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_their_lines() {
    let text = "nmae = 3
[cluster]
name = 'K3S'
[oci]
region = 5
[network]
vcn = '10.0.0.0/15'
ssh_from = 'me'
[[node]]
name = 'a'
[provision]
engine = 'x'
[dns]
provider = 'cloudflare'
zone = 'example.org'
hosts.docs = 'docs.example.net'
[dial]
'x' = 'y'
";
    let places: Vec<String> = problems_of(text).iter().map(place).collect();
    assert_eq!(
        places,
        [
            "1:1 nmae",
            "3:8 cluster.name",
            "5:10 oci.region",
            "7:7 network.vcn",
            "8:12 network.ssh_from",
            "9:1 node[0]",
            "9:1 node[0]",
            "9:1 node[0]",
            "9:1 node[0]",
            "9:1 node[0]",
            "12:10 provision.engine",
            "13:1 dns.token",
            "16:1 dns.hosts.argocd",
            "16:14 dns.hosts.docs",
            "18:1 dial.x",
        ]
    );
}

#[test]
fn a_file_full_of_slips_is_refused_without_end() {
    let lines: Vec<String> = (0..90_000).map(|key| format!("k{key} = 1")).collect();
    let text = lines.join("\n");
    let problems = problems_of(&text);
    assert_eq!(problems.len(), 1_001);
    assert_eq!(problems[1_000].message, "and 89000 more problems");
}

#[test]
fn broken_toml_is_told_with_what_else_is_wrong() {
    let text = "[cluster]\nname = \"k3s\nlayout = 'x'\n[oci]\nprofile = 1\nprofile = 2\n";
    let places: Vec<String> = problems_of(text).iter().map(place).collect();
    assert_eq!(
        places,
        ["2:12 ", "3:10 cluster.layout", "5:11 oci.profile", "6:1 "]
    );
}

#[test]
fn keys_below_a_broken_header_are_not_blamed() {
    let places: Vec<String> = problems_of("[cluster\nname = 'x'\n")
        .iter()
        .map(place)
        .collect();
    assert_eq!(places, ["1:9 "]);
}

#[rstest]
#[case::literal("[dns]\ntoken = 'hunter2hunter2'", "2:9 dns.token")]
#[case::in_the_reference("[dns]\ntoken = { env = 'hunter2-hunter2' }", "2:17 dns.token.env")]
#[case::own_key("[dns]\ntoken = { value = 'hunter2hunter2' }", "2:11 dns.token.value")]
#[case::misspelled("[dns]\ntokn = 'hunter2hunter2'", "2:1 dns.tokn")]
#[case::unfinished("[dns]\ntoken = 'hunter2hunter2", "2:9 dns.token")]
#[case::several_lines("[dns]\ntoken = '''\nhunter2hunter2\n'''", "2:9 dns.token")]
fn a_secret_is_refused_and_repeated_nowhere(#[case] text: &str, #[case] at: &str) {
    let error = k3scope::config::Config::parse(text, "cluster.toml".as_ref()).unwrap_err();
    assert_eq!(place(&error.problems[0]), at);
    let everything = format!(
        "{error} {error:?} {}",
        serde_json::to_string(&error).unwrap()
    );
    assert!(!everything.contains("hunter2"), "{everything}");
}

#[test]
fn a_reference_comes_from_one_place() {
    let text = "[dns]\ntoken = { env = 'A', file = 'b' }";
    one(text, "2:9 dns.token", &["one place"]);
    one("[dns]\ntoken = {}", "2:9 dns.token", &["one place"]);
}

#[test]
fn a_caret_stands_under_the_place_even_far_to_the_right() {
    let text = format!("[network]\nssh_from = [{}'x']", "'10.0.0.0/8', ".repeat(40));
    let problems = k3scope::config::Config::parse(&text, "c".as_ref()).unwrap_err();
    let shown = problems.to_string();
    let [_, line, carets] = shown.lines().collect::<Vec<_>>()[..] else {
        panic!("{shown}");
    };
    let at = carets.find('^').unwrap();
    assert_eq!(line.get(at..at + 3), Some("'x'"));
    assert_eq!(carets.trim(), "^^^");
    assert!(line.chars().count() < 120);
}

#[test]
fn escape_sequences_of_a_file_do_not_reach_the_terminal() {
    let text =
        "[oci]\n\"\\u001b[31m\" = 1 # \u{202e}\nprofile = '\u{200b}\u{202e}'\nregion = 'a\u{202e}'";
    let shown = k3scope::config::Config::parse(text, "c".as_ref())
        .unwrap_err()
        .to_string();
    assert!(
        !shown.contains(['\u{1b}', '\u{202e}', '\u{200b}']),
        "{shown:?}"
    );
}

#[rstest]
#[case::a_name_without_a_token("[registry]\nusername = 'me'", "1:1 registry.token")]
#[case::a_token_without_a_name("[registry]\ntoken = { env = 'T' }", "1:1 registry.username")]
#[case::no_namespace(
    "[registry]\nusername = 'me'\ntoken = { env = 'T' }\nnamespaces = []",
    "4:14 registry.namespaces"
)]
#[case::no_label("[registry]\nnamespaces = ['Docs']", "2:15 registry.namespaces[0]")]
#[case::twice("[registry]\nnamespaces = ['a', 'a']", "2:20 registry.namespaces[1]")]
#[case::a_url("[registry]\nserver = 'https://ghcr.io'", "2:10 registry.server")]
#[case::user_data_of_nothing("[bootstrap]\nsecrets = 'user-data'", "2:11 bootstrap.secrets")]
#[case::unknown_way("[bootstrap]\nsecrets = 'userdata'", "2:11 bootstrap.secrets")]
fn what_secrets_need_is_told_at_its_place(#[case] text: &str, #[case] at: &str) {
    assert_eq!(problems_of(text).first().map(place).as_deref(), Some(at));
}

#[test]
fn a_private_repository_and_registry_are_well_described() {
    let text = "[bootstrap]\nsecrets = 'user-data'\n\
        [gitops]\nrepository = 'https://git.example.org/me/c.git'\ntoken = { env = 'GIT' }\n\
        [registry]\nserver = 'localhost:5000'\nusername = 'me'\ntoken = { file = 'pull' }\n\
        namespaces = ['docs', 'shop']\n";
    assert!(problems_of(text).is_empty());
}
