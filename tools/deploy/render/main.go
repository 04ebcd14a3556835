// Renders kustomize overlays and decodes every document into the Go type that a cluster's API server decodes it into, with
// unknown fields refused. Prints the documents of each overlay as JSON, one line an overlay; for deploy.test.ts.
//
//	render OVERLAY...
//
// No cluster and no network: types come with the modules that go.sum names.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	keda "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	kueue "sigs.k8s.io/kueue/apis/kueue/v1beta1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// What a document of a group, version and kind is decoded into.
var kinds = map[string]func() any{
	"v1/ConfigMap":                             func() any { return &corev1.ConfigMap{} },
	"v1/Namespace":                             func() any { return &corev1.Namespace{} },
	"v1/PersistentVolumeClaim":                 func() any { return &corev1.PersistentVolumeClaim{} },
	"v1/Secret":                                func() any { return &corev1.Secret{} },
	"v1/Service":                               func() any { return &corev1.Service{} },
	"v1/ServiceAccount":                        func() any { return &corev1.ServiceAccount{} },
	"apps/v1/Deployment":                       func() any { return &appsv1.Deployment{} },
	"apps/v1/StatefulSet":                      func() any { return &appsv1.StatefulSet{} },
	"batch/v1/Job":                             func() any { return &batchv1.Job{} },
	"networking.k8s.io/v1/NetworkPolicy":       func() any { return &networkingv1.NetworkPolicy{} },
	"policy/v1/PodDisruptionBudget":            func() any { return &policyv1.PodDisruptionBudget{} },
	"rbac.authorization.k8s.io/v1/Role":        func() any { return &rbacv1.Role{} },
	"rbac.authorization.k8s.io/v1/RoleBinding": func() any { return &rbacv1.RoleBinding{} },
	"scheduling.k8s.io/v1/PriorityClass":       func() any { return &schedulingv1.PriorityClass{} },
	"cert-manager.io/v1/Certificate":           func() any { return &certmanager.Certificate{} },
	"cert-manager.io/v1/Issuer":                func() any { return &certmanager.Issuer{} },
	"keda.sh/v1alpha1/ScaledObject":            func() any { return &keda.ScaledObject{} },
	"keda.sh/v1alpha1/TriggerAuthentication":   func() any { return &keda.TriggerAuthentication{} },
	"kueue.x-k8s.io/v1beta1/ClusterQueue":      func() any { return &kueue.ClusterQueue{} },
	"kueue.x-k8s.io/v1beta1/LocalQueue":        func() any { return &kueue.LocalQueue{} },
	"kueue.x-k8s.io/v1beta1/ResourceFlavor":    func() any { return &kueue.ResourceFlavor{} },
	"monitoring.coreos.com/v1/PodMonitor":      func() any { return &monitoring.PodMonitor{} },
	"monitoring.coreos.com/v1/PrometheusRule":  func() any { return &monitoring.PrometheusRule{} },
	"monitoring.coreos.com/v1/ServiceMonitor":  func() any { return &monitoring.ServiceMonitor{} },
}

// Kinds that are rendered but whose types are in no module that this program uses.
var unchecked = map[string]bool{"postgresql.cnpg.io/v1/Cluster": true}

type overlay struct {
	Overlay   string            `json:"overlay"`
	Documents []json.RawMessage `json:"documents"`
	Unchecked []string          `json:"unchecked"`
	Problems  []string          `json:"problems"`
}

func main() {
	for _, folder := range os.Args[1:] {
		line, err := json.Marshal(render(folder))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}

func render(folder string) overlay {
	found := overlay{Overlay: folder, Documents: []json.RawMessage{}, Unchecked: []string{}, Problems: []string{}}
	options := krusty.MakeDefaultOptions()
	// Components lie beside overlays, not below them.
	options.LoadRestrictions = 0
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		found.Problems = append(found.Problems, err.Error())
		return found
	}
	for _, resource := range resources.Resources() {
		kind := resource.GetApiVersion() + "/" + resource.GetKind()
		text, err := resource.MarshalJSON()
		if err != nil {
			found.Problems = append(found.Problems, err.Error())
			continue
		}
		found.Documents = append(found.Documents, text)
		make, known := kinds[kind]
		if !known {
			if unchecked[kind] {
				found.Unchecked = append(found.Unchecked, kind+" "+resource.GetName())
			} else {
				found.Problems = append(found.Problems, fmt.Sprintf("%s %s: there is no such kind", kind, resource.GetName()))
			}
			continue
		}
		if err := yaml.UnmarshalStrict(text, make()); err != nil {
			found.Problems = append(found.Problems, fmt.Sprintf("%s %s: %v", kind, resource.GetName(), err))
		}
	}
	return found
}
